import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfiguredEndpoint, Json } from '@datamigrato/core';
import { z } from 'zod';
import { isSecretName, parametersIn } from '../secret/redactor.js';
import type { EndpointReference } from './endpoint-reference.js';
import { isKnownConnector } from './known-connectors.js';

/**
 * How a run reached a store, as far as that may lie in a file: what is needed to reach it again, without any secret.
 *
 * Passwords and tokens stay where they were found: in an environment variable whose name is kept, or in a file whose path is. One that was written out is left out, and with it the connection string that it stood in.
 */
export interface StoreRecord {
  /** Id of the connector. */
  readonly connector: string;
  /** The connection string or path; null where there was none or it holds a secret. */
  readonly text: string | null;
  /** Options beside it. */
  readonly options: Readonly<Record<string, Json>>;
  /** Whether `${NAME}` in text and options stands for an environment variable. */
  readonly variables: boolean;
  /** What was left out, such as `the connection string` or `the option password`. Unless it is empty, the store has to be named again. */
  readonly withheld: readonly string[];
  /** What the endpoint is called where that is not what its connector calls it. */
  readonly shownAs: string | null;
}

/** A store that can be opened, and what may be written down of it. */
export interface RecordableStore {
  readonly configured: ConfiguredEndpoint;
  readonly record: StoreRecord;
}

/** How a user named a store, before variables were put in. */
export interface StoreTemplate {
  readonly text: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The shape of a record that was read from a file. */
export const storeRecordShape: z.ZodType<StoreRecord> = z.strictObject({
  connector: z.string().min(1),
  text: z.string().nullable(),
  options: z.record(z.string(), z.json()),
  variables: z.boolean(),
  withheld: z.array(z.string()),
  shownAs: z.string().nullable(),
});

/** The record of a store that was named by a reference of this connector. */
export function recordOf(reference: EndpointReference, connector: string): StoreRecord {
  const named = typeof reference === 'string' ? { text: reference, options: {} } : reference.template;
  const variables = typeof reference !== 'string' && reference.template !== undefined;
  const rules: RecordRules = { variables, isKnown: isKnownConnector(connector) };
  const withheld: string[] = [];
  const text = named?.text ?? null;
  const keepsText = text === null || mayRecordText(text, rules);
  if (!keepsText) withheld.push('the connection string');
  const options: Record<string, Json> = {};
  const given = named?.options ?? (typeof reference === 'string' ? {} : (reference.options ?? {}));
  for (const [name, value] of Object.entries(given)) {
    const kept = recordable(name, value, rules);
    if (kept === undefined) withheld.push(`the option ${name}`);
    else options[name] = kept;
  }
  return { connector, text: keepsText ? text : null, options, variables, withheld, shownAs: null };
}

interface RecordRules {
  readonly variables: boolean;
  /** Whether the connector is one of ours, whose options with secrets are all named so. */
  readonly isKnown: boolean;
}

/** A value as it may be written down, or undefined where it is a secret, may be one or is no plain data. */
function recordable(name: string, value: unknown, rules: RecordRules): Json | undefined {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return isSecretName(name) ? undefined : value;
    case 'string':
      return mayRecordValue(name, value, rules) && mayRecordText(value, rules) ? value : undefined;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) {
        const elements = value.map((element) => recordable(name, element, rules));
        return elements.includes(undefined) ? undefined : (elements as readonly Json[]);
      }
      if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
      const fields = Object.entries(value).map(([field, inner]) => [field, recordable(field, inner, rules)] as const);
      return fields.some(([, inner]) => inner === undefined)
        ? undefined
        : (Object.fromEntries(fields) as Readonly<Record<string, Json>>);
    }
    default:
      return undefined;
  }
}

/** Whether a text has no secret in a form of connection string that anybody uses: behind `user:`, or in a parameter named like one. */
function mayRecordText(text: string, rules: RecordRules): boolean {
  const written = rules.variables ? text.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_]*\}/g, '') : text;
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/(.*)@/is.exec(written) ?? [];
  if (authority !== undefined && authority.slice(authority.indexOf(':') + 1) !== '') return false;
  return parametersIn(written).every(([name, value]) => value === '' || mayRecordValue(name, decoded(value), rules));
}

function mayRecordValue(name: string, value: string, rules: RecordRules): boolean {
  const written = rules.variables ? value.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_]*\}/g, '') : value;
  if (written === '') return true;
  if (!rules.isKnown) return /^(?:true|false|-?\d{1,9})$/.test(written) && !isSecretName(name);
  if (!isSecretName(name)) return true;
  // The path of a file with a token is no token.
  return !/pass|pwd|secret$/i.test(name) && /\.(?:json|ya?ml|pem|zip)$/i.test(written) && existsSync(resolve(written));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % is a character like any other.
    return text;
  }
}
