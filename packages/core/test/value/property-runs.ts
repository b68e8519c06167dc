import { vi } from 'vitest';

/** The seed of this run's generated values: another one each day, or the one in `PROPERTY_SEED` to repeat a run. */
export const propertySeed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Date.now() / 86_400_000));

/** How many times the everyday number of values is generated: 1, or what `PROPERTY_SCALE` says. */
export const propertyScale = Number(process.env['PROPERTY_SCALE'] ?? 1);

vi.setConfig({ testTimeout: 120_000 * propertyScale });
console.info(`generated values: PROPERTY_SEED=${propertySeed} PROPERTY_SCALE=${propertyScale}`);
