import { RulesError } from './rules-error.js';

/** A word of a rule's expression; `end` follows the last one. */
export interface Token {
  readonly type: 'number' | 'string' | 'pattern' | 'name' | 'symbol' | 'end';
  readonly text: string;
}

const token =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_$][\w$]*)|(===|!==|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:()[\].,]))/y;
const pattern = /\s*(\/(?:[^/\\\n]|\\.)+\/i?)/y;

/** Cuts an expression into words. A slash after an opening bracket or a comma begins a pattern. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const end = expression.trimEnd().length;
  while (at < end) {
    const last = tokens.at(-1);
    const mayBePattern = last?.type === 'symbol' && (last.text === '(' || last.text === ',');
    pattern.lastIndex = at;
    const literal = mayBePattern ? pattern.exec(expression) : null;
    token.lastIndex = at;
    const match = literal ?? token.exec(expression);
    if (match === null) throw new RulesError(`"${expression}" is not understood from character ${at + 1} on`);
    at += match[0].length;
    if (literal !== null) tokens.push({ type: 'pattern', text: literal[1] ?? '' });
    else tokens.push(tokenOf(match));
  }
  tokens.push({ type: 'end', text: 'the end' });
  return tokens;
}

function tokenOf([, number, string, name, symbol]: RegExpExecArray): Token {
  if (number !== undefined) return { type: 'number', text: number };
  if (string !== undefined) return { type: 'string', text: unquoted(string) };
  return name === undefined ? { type: 'symbol', text: symbol ?? '' } : { type: 'name', text: name };
}

function unquoted(literal: string): string {
  return literal.slice(1, -1).replaceAll(/\\(.)/gs, (_, character: string) => {
    const named = { n: '\n', t: '\t', r: '\r' };
    return Object.hasOwn(named, character) ? named[character as keyof typeof named] : character;
  });
}
