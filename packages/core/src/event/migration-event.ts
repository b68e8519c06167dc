import type { ChangeLedger } from '../catch-up/catch-up-state.js';
import type { Ledger } from '../checkpoint/checkpoint.js';
import type { Stage } from '../checkpoint/dead-letter.js';
import type { Estimate } from '../plan/migration-plan.js';
import type { EntityName } from '../schema/entity-schema.js';

/** Everything that happens in a migration, in one stream: what progress bars, logs, reports and tests watch. No secret and no record's contents are in it. */
export type MigrationEvent =
  | {
      readonly type: 'migration-started';
      readonly plan: string;
      readonly entities: readonly {
        readonly source: EntityName;
        readonly target: EntityName;
        readonly estimate: Estimate;
      }[];
    }
  | {
      readonly type: 'entity-prepared';
      readonly source: EntityName;
      readonly target: EntityName;
      readonly statements: number;
    }
  | {
      /** An earlier start of the run has come this far with the partition. */
      readonly type: 'partition-resumed';
      readonly source: EntityName;
      readonly partition: string;
      readonly ledger: Ledger;
      readonly finished: boolean;
    }
  | { readonly type: 'partition-started'; readonly source: EntityName; readonly partition: string }
  | {
      readonly type: 'batch-read';
      readonly source: EntityName;
      readonly partition: string;
      readonly records: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'batch-written';
      readonly source: EntityName;
      readonly partition: string;
      readonly records: number;
      readonly unchanged: number;
      readonly failed: number;
      readonly milliseconds: number;
    }
  | {
      readonly type: 'record-dead';
      readonly source: EntityName;
      readonly partition: string;
      readonly stage: Stage;
      readonly code: string;
    }
  | {
      readonly type: 'retry-scheduled';
      readonly side: 'source' | 'target';
      readonly code: string;
      readonly attempt: number;
      readonly delay: number;
    }
  | {
      readonly type: 'checkpoint-saved';
      readonly source: EntityName;
      readonly partition: string;
      readonly ledger: Ledger;
      readonly finished: boolean;
    }
  | {
      readonly type: 'partition-finished';
      readonly source: EntityName;
      readonly partition: string;
      readonly ledger: Ledger;
    }
  | {
      readonly type: 'entity-finished';
      readonly source: EntityName;
      readonly target: EntityName;
      readonly ledger: Ledger;
    }
  | {
      /** Records were tried against the target's limits, before anything is written. */
      readonly type: 'batch-checked';
      readonly source: EntityName;
      readonly partition: string;
      readonly records: number;
      /** Those of them that the target would not take. */
      readonly beyond: number;
    }
  | { readonly type: 'migration-finished'; readonly ledger: Ledger }
  | ({
      /** After the copy: changes that the source has made meanwhile are in the target. */
      readonly type: 'changes-applied';
      readonly source: EntityName;
    } & ChangeLedger)
  | { readonly type: 'notice'; readonly text: string };

/** Hears of every event, at once and in order. It must not throw. */
export type EventListener = (event: MigrationEvent) => void;
