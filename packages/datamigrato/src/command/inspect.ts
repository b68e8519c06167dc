import { type CallOptions, type Endpoint, entityName } from '@datamigrato/core';
import { resolveReference } from '../connect/endpoint-reference.js';
import { connectCall } from '../job/request-deadlines.js';
import { printable } from '../render/printable.js';
import { type InspectedEntity, renderSchema } from '../render/schema-view.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { exitCodes } from './exit-codes.js';
import { type RunFlags, runOptionsOf, type StoreFlags } from './migration-flags.js';
import { interrupted } from './plan.js';
import type { Session } from './session.js';

/** Flags of `inspect`. */
export interface InspectFlags
  extends Pick<RunFlags, 'connectTimeout' | 'timeout'>,
    Pick<StoreFlags, 'entity' | 'fromOption'> {
  readonly sample?: number;
}

/** `datamigrato inspect <url>`: what a store holds. Reads a sample of each entity and writes nothing. */
export async function inspect(session: Session, text: string, flags: InspectFlags): Promise<number> {
  const { set } = await sessionConnectors(session);
  const reference = await resolveReference(await commandReference(text, flags.fromOption, session, set), set);
  const stop = new AbortController();
  const deaf = session.interrupts.listen(() => stop.abort(interrupted()));
  const options = runOptionsOf(flags);
  try {
    await using endpoint = await reference.configured.open(connectCall(options, stop.signal));
    const call = { signal: stop.signal, deadline: options.deadline ?? 30_000 };
    const named =
      flags.entity?.map(({ source }) => source) ?? (reference.entity === undefined ? [] : [reference.entity]);
    const { names, excluded } = named.length > 0 ? { names: named, excluded: [] } : await listEntities(endpoint, call);
    const inspected: InspectedEntity[] = [];
    for (const name of names) inspected.push(await inspectEntity(endpoint, name, flags.sample ?? 1000, call));
    for (const notice of endpoint.description.notices) session.remark(notice);
    session.print(
      session.flags.json === true
        ? JSON.stringify(
            { schema: 'datamigrato.inspection/1', endpoint: endpoint.description.id, entities: inspected, excluded },
            null,
            2,
          )
        : [
            ...inspected.map((entity) => renderSchema(entity, session.outPalette, session.outWidth)),
            ...excluded.map(({ entity, reason }) => `${printable(entity)}: left out, ${printable(reason)}`),
            ...(inspected.length + excluded.length === 0 ? [`${endpoint.description.id} holds nothing`] : []),
          ].join('\n\n'),
    );
    return exitCodes.done.code;
  } finally {
    deaf();
  }
}

async function listEntities(endpoint: Endpoint, call: CallOptions) {
  const names: string[] = [];
  const excluded: { readonly entity: string; readonly reason: string }[] = [];
  for await (const { entity, excluded: reason } of endpoint.source().listEntities(call)) {
    if (reason === undefined) names.push(entity);
    else excluded.push({ entity, reason });
  }
  return { names, excluded };
}

async function inspectEntity(
  endpoint: Endpoint,
  name: string,
  sampleSize: number,
  call: CallOptions,
): Promise<InspectedEntity> {
  const entity = entityName(name);
  const schema = await endpoint.source().inferSchema(entity, { ...call, sampleSize });
  const count =
    schema.sample?.complete === true
      ? { value: schema.sample.records, exact: true }
      : await endpoint.admin()?.countRecords(entity, call);
  return { schema, count };
}
