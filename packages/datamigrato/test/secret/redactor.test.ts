import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, redactUrls } from '../../src/secret/redactor.js';

describe('connection strings lose their credentials', () => {
  test.each([
    ['mongodb://ada:secret@host:1,host:2/db', 'mongodb://…@host:1,host:2/db'],
    ['at "cassandra://u:p@ss@h/ks" and', 'at "cassandra://…@h/ks" and'],
    ['https://example.com/a@b?token=abc&page=2', 'https://example.com/a@b?token=…&page=2'],
    ['mongodb://h/?tls=true&tlsCertificateKeyFilePassword=x', 'mongodb://h/?tls=true&tlsCertificateKeyFilePassword=…'],
    ['https://shop.example.com/.json?auth=abc&private_key=k', 'https://shop.example.com/.json?auth=…&private_key=…'],
    ['mongodb://h/?authSource=admin', 'mongodb://h/?authSource=admin'],
    ['mail ada@example.com', 'mail ada@example.com'],
  ])('%s', (text, shown) => expect(redactUrls(text)).toBe(shown));
});

describe('S-06 a secret that was noted', () => {
  const passwords = fc
    .string({ minLength: 4, maxLength: 30, unit: 'grapheme' })
    .filter((text) => !'……@'.includes(text));

  test('is found where it is a parameter inside a parameter', () => {
    const redactor = createRedactor();
    redactor.registerUrl('mongodb://host/?authMechanismProperties=AWS_SESSION_TOKEN:c4n4ry,REGION:eu&tls=true');
    expect(redactor.redact('eu said c4n4ry')).toBe('eu said …');
  });

  test('is found in every form in which programs write it', () => {
    fc.assert(
      fc.property(passwords, (password) => {
        const redactor = createRedactor();
        redactor.registerUrl(`mongodb://ada:${encodeURIComponent(password)}@host/db`);
        const forms = [
          password,
          encodeURIComponent(password),
          JSON.stringify(password).slice(1, -1),
          Buffer.from(password).toString('base64'),
          Buffer.from(password).toString('base64url'),
          Buffer.from(password).toString('hex'),
          Buffer.from(`ada:${password}`).toString('base64'),
          Buffer.from(`\0ada\0${password}`).toString('base64'),
        ];
        for (const form of forms) {
          // What remains around the mask is what stood around the secret.
          expect(redactor.redact(`<${form}>`)).toBe('<…>');
        }
      }),
    );
  });

  test('is found line by line where it is a key in PEM', () => {
    const redactor = createRedactor();
    const lines = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', 'BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'];
    redactor.register(`-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----`);
    expect(redactor.redact(`bad line ${lines[1]}`)).toBe('bad line …');
  });

  test('does not tear words apart where it is tiny or empty', () => {
    const redactor = createRedactor();
    for (const secret of ['', 'a', 'abc']) redactor.register(secret);
    expect(redactor.redact('an abc book')).toBe('an abc book');
  });
});
