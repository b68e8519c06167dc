import { errorCatalogue as coreCatalogue, DatamigratoError, type ErrorExplanation } from '@datamigrato/core';
import { errorCatalogue } from '../error/catalogue.js';
import { sessionConnectors } from './endpoints.js';
import { exitCodeOf } from './exit-code.js';
import { exitCodes } from './exit-codes.js';
import type { Session } from './session.js';

/** `datamigrato explain <code>`: what an error means and what to do about it, without a network. */
export async function explain(session: Session, text: string): Promise<number> {
  const code = text.trim().toUpperCase();
  const { set } = await sessionConnectors(session);
  const catalogues = [coreCatalogue, errorCatalogue, ...(await set.errorCatalogues())];
  const all = new Map<string, ErrorExplanation>(catalogues.flatMap((catalogue) => Object.entries(catalogue)));
  const found = all.get(code);
  if (found === undefined) throw unknownCode(code, [...all.keys()]);
  const { category, meaning, remedy } = found;
  const exitCode = exitCodeOf(new DatamigratoError({ code: code as `DM_${string}`, category, message: meaning }));
  session.print(
    session.flags.json === true
      ? JSON.stringify({ schema: 'datamigrato.explanation/1', code, category, meaning, remedy, exitCode }, null, 2)
      : `${session.outPalette.heading(code)}\n${meaning}\n→ ${remedy}\n${session.outPalette.quiet(`category: ${category}; exit code: ${exitCode}`)}`,
  );
  return exitCodes.done.code;
}

function unknownCode(code: string, codes: readonly string[]): DatamigratoError {
  const words = code.split('_').slice(1);
  const near = codes.filter((one) => words.some((word) => word.length > 2 && one.includes(word))).slice(0, 5);
  return new DatamigratoError({
    code: 'DM_CODE_UNKNOWN',
    category: 'usage',
    message: `There is no error code ${JSON.stringify(code.slice(0, 60))}`,
    nextStep: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'docs/errors.md lists all of them',
  });
}
