import type { Admin, RecordDecoder, RecordEncoder, Source, Target } from '@datamigrato/core';
import type { ReferenceClient } from '../reference/reference-client.js';
import type { ReferenceDefinition } from '../reference/reference-connector.js';
import type { StoredRecord } from '../reference/reference-store.js';

/** The reference connector with one thing in it broken. */
export interface BrokenConnector {
  /** What it does wrong, and the known fault that it stands for. */
  readonly fault: string;
  /** The case that is meant to reject it. */
  readonly rejectedBy: string;
  breakIt(definition: ReferenceDefinition): ReferenceDefinition;
}

type Broken<Role> = (role: Role, client: ReferenceClient) => Partial<Role>;

/** Replaces members of the source. */
export function breakSource(change: Broken<Source<StoredRecord>>): BrokenConnector['breakIt'] {
  const changed = oncePerClient(change);
  return (definition) => ({
    ...definition,
    source: (client) => changed(required(definition.source?.(client)), client),
  });
}

/** Replaces members of the target. */
export function breakTarget(change: Broken<Target<StoredRecord>>): BrokenConnector['breakIt'] {
  const changed = oncePerClient(change);
  return (definition) => ({
    ...definition,
    target: (client) => changed(required(definition.target?.(client)), client),
  });
}

/** Replaces members of the admin. */
export function breakAdmin(change: Broken<Admin>): BrokenConnector['breakIt'] {
  const changed = oncePerClient(change);
  return (definition) => ({
    ...definition,
    admin: (client) => changed(required(definition.admin?.(client)), client),
  });
}

/** Replaces how native records are made. */
export function breakEncoder(
  change: (encoder: RecordEncoder<StoredRecord>) => Partial<RecordEncoder<StoredRecord>>,
): BrokenConnector['breakIt'] {
  return (definition) => ({
    ...definition,
    codec: {
      ...definition.codec,
      createEncoder(schema) {
        const encoder = definition.codec.createEncoder(schema);
        return { ...encoder, ...change(encoder) };
      },
    },
  });
}

/** Replaces how native records are understood. */
export function breakDecoder(
  change: (decoder: RecordDecoder<StoredRecord>) => Partial<RecordDecoder<StoredRecord>>,
): BrokenConnector['breakIt'] {
  return (definition) => ({
    ...definition,
    codec: {
      ...definition.codec,
      createDecoder(schema) {
        const decoder = definition.codec.createDecoder(schema);
        return { ...decoder, ...change(decoder) };
      },
    },
  });
}

/** What is broken may remember something for as long as its endpoint is open. */
function oncePerClient<Role extends object>(change: Broken<Role>): (role: Role, client: ReferenceClient) => Role {
  const changed = new WeakMap<ReferenceClient, Role>();
  return (role, client) => {
    const broken = changed.get(client) ?? { ...role, ...change(role, client) };
    changed.set(client, broken);
    return broken;
  };
}

function required<Role>(role: Role | undefined): Role {
  if (role === undefined) throw new TypeError('the reference connector has every role');
  return role;
}
