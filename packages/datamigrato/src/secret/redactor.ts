const mask = '…';

/** Shorter secrets are not looked for in texts: they would tear ordinary words apart. Passwords inside connection strings are removed whatever their length. */
const shortestSecret = 4;

/** Hears of secrets. */
export interface SecretListener {
  /** Notes a secret value. Noting one again, or an empty one, does nothing. */
  register(secret: string): void;
  /** Notes what is secret in a connection string: its password, and values of parameters that are named like secrets. */
  registerUrl(url: string): void;
}

/** Removes secrets from texts that people and logs may see. */
export interface Redactor extends SecretListener {
  /** The text without any secret that was noted, and without user and password in anything that looks like a connection string. */
  redact(text: string): string;
}

/** A redactor that knows no secret yet, and lets `next` hear of each that it is told. */
export function createRedactor(next?: SecretListener): Redactor {
  return new ValueRedactor(next);
}

class ValueRedactor implements Redactor {
  readonly #forms = new Set<string>();
  /** Longest first, so that no form is left half-removed by a shorter one inside it. */
  #sorted: readonly string[] = [];
  readonly #next: SecretListener | undefined;

  constructor(next: SecretListener | undefined) {
    this.#next = next;
  }

  register(secret: string): void {
    this.#next?.register(secret);
    this.#note(secret);
  }

  registerUrl(url: string): void {
    this.#next?.registerUrl(url);
    const userinfo = userinfoOf(url);
    if (userinfo !== undefined) {
      const colon = userinfo.indexOf(':');
      if (colon >= 0) {
        this.#note(userinfo.slice(colon + 1));
        // How HTTP and SASL send the two together.
        const [user, password] = [userinfo.slice(0, colon), userinfo.slice(colon + 1)].map(percentDecoded);
        this.#note(Buffer.from(`${user}:${password}`).toString('base64'));
        this.#note(Buffer.from(`\0${user}\0${password}`).toString('base64'));
      }
    }
    for (const [name, value] of parametersIn(url)) if (isSecretName(name)) this.#note(value);
  }

  redact(text: string): string {
    let redacted = redactUrls(text);
    for (const form of this.#sorted) redacted = redacted.replaceAll(form, mask);
    return redacted;
  }

  #note(secret: string): void {
    const before = this.#forms.size;
    for (const form of formsOf(secret)) if (form.length >= shortestSecret) this.#forms.add(form);
    if (this.#forms.size > before) this.#sorted = [...this.#forms].sort((left, right) => right.length - left.length);
  }
}

/** Whether an option or parameter of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return /^auth$|passphrase|password|passwd|pwd|secret|token|(?:api|access|private)[-_]?key|credential/i.test(name);
}

/** Names and values of a connection string's parameters, and of those inside one, as in `properties=A:1,B:2`. */
export function parametersIn(url: string): readonly (readonly [name: string, value: string])[] {
  return [...url.matchAll(/(?<=[?&;,=])([\w.-]+)[=:](?=([^&;,#]*))/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
}

/** A text in which connection strings have lost user, password and the values of secret parameters. */
export function redactUrls(text: string): string {
  return (
    text
      // No scheme is longer, and a long word is not looked through from each of its letters.
      .replaceAll(/((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"'`<>]*@/gi, `$1${mask}@`)
      .replaceAll(/([?&;][\w.-]+)=([^&;#\s"'`<>]+)/g, (whole, name: string) =>
        isSecretName(name.slice(1)) ? `${name}=${mask}` : whole,
      )
  );
}

/** Everything between scheme and the last `@` before the path. */
function userinfoOf(url: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url)?.[1];
}

/** How a secret may stand in a text: as it is, and as URLs, JSON, HTTP and driver messages write it. */
function formsOf(secret: string): readonly string[] {
  const plain = percentDecoded(secret);
  const forms = [secret, plain].flatMap((text) => {
    const bytes = Buffer.from(text);
    return [
      text,
      encodeURIComponent(text),
      new URLSearchParams([['', text]]).toString().slice(1),
      JSON.stringify(text).slice(1, -1),
      bytes.toString('base64'),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      ...text.split(/\r?\n/).filter((line) => line.length >= 16),
    ];
  });
  return forms;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % is a character like any other.
    return text;
  }
}
