package dev.quarry.testdata.fault;

import java.util.random.RandomGenerator;

/** What becomes of what was not durable when the power went. For one thread. */
public interface Fate {

    /** What becomes of bytes that were written. */
    enum Bytes {
        KEPT,
        LOST,
        /** The first of them are there. */
        TORN,
        /** The file has grown, and nothing was written. */
        ZEROED
    }

    Bytes ofBytes();

    /**
     * Which of the states of a name holds.
     *
     * @param states the durable one is number 0, the newest the last
     */
    int ofName(int states);

    /** Which part of torn bytes is there, from 0 to 1. */
    double tear();

    /** Everything is there: the process was killed, and the power stayed. */
    static Fate kept() {
        return new Fixed(Bytes.KEPT, true);
    }

    /** Nothing is there that was not made durable. */
    static Fate lost() {
        return new Fixed(Bytes.LOST, false);
    }

    /** Names are there, and the bytes that were not made durable are zeros. */
    static Fate zeroed() {
        return new Fixed(Bytes.ZEROED, true);
    }

    /** Anything may have happened to each write and each name, in any order. */
    static Fate any(RandomGenerator random) {
        return new Fate() {
            @Override
            public Bytes ofBytes() {
                return switch (random.nextInt(4)) {
                    case 0 -> Bytes.KEPT;
                    case 1 -> Bytes.LOST;
                    case 2 -> Bytes.TORN;
                    default -> Bytes.ZEROED;
                };
            }

            @Override
            public int ofName(int states) {
                return random.nextInt(states);
            }

            @Override
            public double tear() {
                return random.nextDouble();
            }
        };
    }

    /** The same for everything. */
    record Fixed(Bytes bytes, boolean newest) implements Fate {
        @Override
        public Bytes ofBytes() {
            return bytes;
        }

        @Override
        public int ofName(int states) {
            return newest ? states - 1 : 0;
        }

        @Override
        public double tear() {
            return 0;
        }
    }
}
