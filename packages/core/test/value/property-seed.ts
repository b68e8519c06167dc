/** The seed of this run's generated values: another one each day, or the one in `PROPERTY_SEED` to repeat a run. */
export const propertySeed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Date.now() / 86_400_000));

console.info(`generated values: PROPERTY_SEED=${propertySeed}`);
