/** The demonstration did not show what it is there to show. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
