import { callMethod, isMethod } from './rule-methods.js';
import {
  areEqual,
  asBoolean,
  asNumber,
  asString,
  EvaluationFailure,
  memberOf,
  type RuleScope,
  type RuleValue,
} from './rule-value.js';
import { RulesError } from './rules-error.js';
import { type Token, tokenize } from './tokenize.js';

/** A compiled part of a rule. Throws an EvaluationFailure where a value is asked for what it cannot give. */
export type Expression = (scope: RuleScope) => RuleValue;

/** Compiles the text of a rule. Throws a RulesError where it is not understood. */
export function parseExpression(text: string): Expression {
  const parser = new ExpressionParser(text);
  const expression = parser.conditional();
  parser.expectEnd();
  return expression;
}

type Operator = (left: Expression, right: Expression) => Expression;

const comparison =
  (compare: (order: number) => boolean): Operator =>
  (left, right) =>
  (scope) => {
    const [a, b] = [left(scope), right(scope)];
    if (typeof a === 'string' && typeof b === 'string') return compare(a === b ? 0 : a < b ? -1 : 1);
    return compare(asNumber(a) - asNumber(b));
  };

const arithmetic =
  (compute: (left: number, right: number) => number): Operator =>
  (left, right) =>
  (scope) =>
    compute(asNumber(left(scope)), asNumber(right(scope)));

const equality =
  (isWanted: boolean): Operator =>
  (left, right) =>
  (scope) =>
    areEqual(left(scope), right(scope)) === isWanted;

/** Operators by how strongly they bind, weakest first. */
const operators: readonly ReadonlyMap<string, Operator>[] = [
  new Map([['||', (left, right) => (scope) => asBoolean(left(scope)) || asBoolean(right(scope))]]),
  new Map([['&&', (left, right) => (scope) => asBoolean(left(scope)) && asBoolean(right(scope))]]),
  new Map([
    ['==', equality(true)],
    ['===', equality(true)],
    ['!=', equality(false)],
    ['!==', equality(false)],
  ]),
  new Map([
    ['<', comparison((order) => order < 0)],
    ['<=', comparison((order) => order <= 0)],
    ['>', comparison((order) => order > 0)],
    ['>=', comparison((order) => order >= 0)],
  ]),
  new Map([
    ['+', addition],
    ['-', arithmetic((left, right) => left - right)],
  ]),
  new Map([
    ['*', arithmetic((left, right) => left * right)],
    ['/', arithmetic((left, right) => left / right)],
    ['%', arithmetic((left, right) => left % right)],
  ]),
];

function addition(left: Expression, right: Expression): Expression {
  return (scope) => {
    const [a, b] = [left(scope), right(scope)];
    if (typeof a !== 'string' && typeof b !== 'string') return asNumber(a) + asNumber(b);
    return `${asText(a)}${asText(b)}`;
  };
}

function asText(value: RuleValue): string {
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value) : asString(value);
}

const constants: ReadonlyMap<string, RuleValue> = new Map<string, RuleValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

const scopeNames = ['auth', 'now', 'root', 'data', 'newData', 'query'] as const;

class ExpressionParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  conditional(): Expression {
    const condition = this.#binary(0);
    if (!this.#take('?')) return condition;
    const whenTrue = this.conditional();
    this.#expect(':');
    const whenFalse = this.conditional();
    return (scope) => (asBoolean(condition(scope)) ? whenTrue(scope) : whenFalse(scope));
  }

  expectEnd(): void {
    if (this.#next().type !== 'end') throw this.#unexpected();
  }

  #binary(level: number): Expression {
    const known = operators[level];
    if (known === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { type, text } = this.#next();
      const operator = type === 'symbol' ? known.get(text) : undefined;
      if (operator === undefined) return left;
      this.#at += 1;
      left = operator(left, this.#binary(level + 1));
    }
  }

  #unary(): Expression {
    if (this.#take('!')) {
      const operand = this.#unary();
      return (scope) => !asBoolean(operand(scope));
    }
    if (this.#take('-')) {
      const operand = this.#unary();
      return (scope) => -asNumber(operand(scope));
    }
    return this.#postfix();
  }

  #postfix(): Expression {
    let subject = this.#primary();
    for (;;) {
      if (this.#take('[')) subject = this.#indexed(subject);
      else if (this.#take('.')) subject = this.#member(subject);
      else return subject;
    }
  }

  #indexed(subject: Expression): Expression {
    const name = this.conditional();
    this.#expect(']');
    return (scope) => memberOf(subject(scope), asString(name(scope)));
  }

  #member(subject: Expression): Expression {
    const { type, text } = this.#next();
    if (type !== 'name') throw this.#unexpected();
    this.#at += 1;
    if (!this.#take('(')) return (scope) => memberOf(subject(scope), text);
    if (!isMethod(text)) throw new RulesError(`"${this.#text}" calls ${text}(), which there is not`);
    const given = this.#list(')');
    return (scope) =>
      callMethod(
        subject(scope),
        text,
        given.map((each) => each(scope)),
      );
  }

  #primary(): Expression {
    const { type, text } = this.#next();
    if (this.#take('(')) {
      const inner = this.conditional();
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) {
      const members = this.#list(']');
      return (scope) => members.map((each) => each(scope));
    }
    if (type === 'symbol' || type === 'end') throw this.#unexpected();
    this.#at += 1;
    if (type === 'number') return constant(Number(text));
    if (type === 'string') return constant(text);
    return type === 'pattern' ? constant(this.#pattern(text)) : this.#named(text);
  }

  #named(name: string): Expression {
    const known = constants.get(name);
    if (known !== undefined) return constant(known);
    if (name.startsWith('$')) {
      return (scope) => scope.variables.get(name) ?? unknownVariable(name);
    }
    const scopeName = scopeNames.find((each) => each === name);
    if (scopeName === undefined) throw new RulesError(`"${this.#text}" names ${name}, which there is not`);
    return (scope) => scope[scopeName];
  }

  #pattern(literal: string): RegExp {
    const end = literal.lastIndexOf('/');
    try {
      return new RegExp(literal.slice(1, end), literal.slice(end + 1));
    } catch (cause) {
      throw new RulesError(`"${this.#text}" has a pattern that is not understood`, { cause });
    }
  }

  /** Expressions between commas, up to a closing bracket. */
  #list(close: string): Expression[] {
    const members: Expression[] = [];
    if (this.#take(close)) return members;
    do members.push(this.conditional());
    while (this.#take(','));
    this.#expect(close);
    return members;
  }

  #next(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: 'the end' };
  }

  #take(symbol: string): boolean {
    const { type, text } = this.#next();
    const isThere = type === 'symbol' && text === symbol;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected();
  }

  #unexpected(): RulesError {
    return new RulesError(`"${this.#text}" is not understood at ${this.#next().text}`);
  }
}

function constant(value: RuleValue): Expression {
  return () => value;
}

function unknownVariable(name: string): never {
  throw new EvaluationFailure(`no variable ${name}`);
}
