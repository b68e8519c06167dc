/** Levels of objects and arrays inside one another that one record may have. */
export const maximumRecordDepth = 128;

/** Bytes of one JSON or CSV record. */
export const maximumRecordBytes = 16 * 1024 * 1024;

/** Bytes of one BSON document: what MongoDB stores, and the 16 KiB more that it grants its own. */
export const maximumBsonBytes = 16 * 1024 * 1024 + 16 * 1024;

/** Bytes of one line of typed text: the largest document that MongoDB stores takes several times its size as text. */
export const maximumTypedBytes = 64 * 1024 * 1024;
