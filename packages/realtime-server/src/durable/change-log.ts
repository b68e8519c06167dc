import type { Replacement } from '../database/database.js';

/** Is told of every change before it is made; where it throws, the change is not made. */
export interface ChangeLog {
  replaced(namespace: string, replacements: readonly Replacement[]): void;
  rulesChanged(namespace: string, text: string): void;
  /** Called once the change has been made. */
  changed(): void;
}

/** For servers that keep nothing. */
export const forgetfulLog: ChangeLog = {
  replaced: () => undefined,
  rulesChanged: () => undefined,
  changed: () => undefined,
};
