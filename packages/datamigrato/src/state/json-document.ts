/** The JSON in bytes; undefined where they are no JSON, as what nobody wrote in this program. */
export function parsedJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a parsed thing is a document that names this schema; the rest of it is taken for what that schema says. */
export function hasSchema<Document extends { readonly schema: string }>(
  thing: unknown,
  schema: Document['schema'],
): thing is Document {
  return typeof thing === 'object' && thing !== null && 'schema' in thing && thing.schema === schema;
}
