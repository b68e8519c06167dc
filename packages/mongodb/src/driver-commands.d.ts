/** The part of the driver's insides that `document-sequence.ts` uses; the driver ships no types for it. */
declare module 'mongodb/lib/cmap/commands.js' {
  const commands: {
    /** Documents of one command argument, sent beside the command's body as they are. */
    readonly DocumentSequence: new (
      field: string,
    ) => {
      /** Appends bytes. `document` serves nothing but the driver's command monitoring. */
      push(document: object, bytes: Uint8Array): number;
    };
  };
  export default commands;
}
