package dev.quarry.benchmarks.compare;

import java.util.List;

/**
 * Something to be done, several ways to do it, and what is expected of the first of them.
 *
 * @param name heads its part of the table
 * @param contenders the first is Quarry's own; ratios are its figure divided by another's
 * @param floors between these contenders
 */
public record Job(String name, List<Contender> contenders, List<Floor> floors) {

    public Job {
        contenders = List.copyOf(contenders);
        floors = List.copyOf(floors);
        for (Floor floor : floors) {
            requireContender(contenders, floor.subject(), name);
        }
    }

    private static void requireContender(List<Contender> contenders, String name, String job) {
        if (contenders.stream().noneMatch(each -> each.name().equals(name))) {
            throw new IllegalArgumentException("no contender " + name + " in job " + job);
        }
    }
}
