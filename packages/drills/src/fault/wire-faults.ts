import type { Fault } from '@datamigrato/testbed';
import type { Place } from '../store/drill-store.js';

/** What goes wrong on the wire in one drill. */
export interface WireFault {
  readonly name: string;
  /** `every`: one in so many requests for records loses its reply, where the fault is of that sort. */
  fault(place: Place, every: number): Fault;
  /** Whether it meets requests alone, and not what of an answer is still to come. */
  readonly hitsRequests?: true;
  /** Milliseconds until all is well again; undefined where it stays until the end. */
  readonly lasts: number | undefined;
  /** Milliseconds that one request may take. */
  readonly deadline: number;
  /** Whether it can be got through without a single failed request. */
  readonly mayPassUnnoticed: boolean;
}

/** The seven faults of R-05, and R-04's lost replies. Deadlines are short so that drills are; users have 30 s. */
export const wireFaults: readonly WireFault[] = [
  { name: 'reset', fault: () => ({ type: 'reset' }), lasts: 700, deadline: 5000, mayPassUnnoticed: false },
  { name: 'hang', fault: () => ({ type: 'hang' }), lasts: 4000, deadline: 1500, mayPassUnnoticed: false },
  { name: 'half-open', fault: () => ({ type: 'half-open' }), lasts: 500, deadline: 1500, mayPassUnnoticed: false },
  {
    name: 'latency 2 s',
    fault: () => ({ type: 'latency', milliseconds: 2000 }),
    lasts: 5000,
    deadline: 10_000,
    mayPassUnnoticed: true,
  },
  {
    name: '64 kB/s',
    fault: () => ({ type: 'slow', bytesPerSecond: 64 * 1024 }),
    lasts: 3000,
    deadline: 10_000,
    mayPassUnnoticed: true,
  },
  {
    name: 'slices',
    fault: () => ({ type: 'slice', bytes: 100, milliseconds: 1 }),
    lasts: 2000,
    deadline: 10_000,
    mayPassUnnoticed: true,
  },
  {
    name: 'lost replies',
    fault: (place, every) => ({ type: 'drop-replies', every, of: place.carriesRecords }),
    hitsRequests: true,
    lasts: undefined,
    deadline: 5000,
    mayPassUnnoticed: false,
  },
];
