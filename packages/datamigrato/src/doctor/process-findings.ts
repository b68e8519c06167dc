import type { Surroundings } from '../command/session.js';
import { programVersion } from '../program-version.js';
import { momentText } from '../render/quantity.js';
import { type Finding, ok, warning } from './finding.js';

/** Oldest Node.js that this program runs on. */
const oldestNode = [20, 19] as const;

/** What is to be said of this process: Node.js, the clock, TLS and the terminal. */
export function processFindings(
  surroundings: Pick<Surroundings, 'environment' | 'runtime' | 'stderr' | 'stdin' | 'stdout'>,
  nodeVersion: string = process.versions.node,
): readonly Finding[] {
  const { environment, runtime } = surroundings;
  return [
    nodeFinding(nodeVersion),
    clockFinding(runtime.wallClock()),
    ...(environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
      ? [
          warning(
            'tls',
            'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody between here and a store read and change everything',
            'unset NODE_TLS_REJECT_UNAUTHORIZED; for a certificate of your own, set NODE_EXTRA_CA_CERTS',
          ),
        ]
      : []),
    terminalFinding(surroundings),
  ];
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = oldestNode;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor))
    return ok('node', `Node.js ${version} on ${process.platform} ${process.arch}, datamigrato ${programVersion}`);
  return {
    check: 'node',
    state: 'fail',
    text: `Node.js ${version} is too old`,
    next: `install Node.js ${leastMajor}.${leastMinor} or newer`,
    error: null,
  };
}

/** A clock that is far off makes write times that lose against those that are there, or win against all that come. */
function clockFinding(now: number): Finding {
  const text = momentText(new Date(now).toISOString());
  const isPlausible = now > Date.UTC(2026, 0, 1) && now < Date.UTC(2100, 0, 1);
  return isPlausible ? ok('clock', text) : warning('clock', `it says ${text}`, 'set the clock of this machine');
}

function terminalFinding({ stdin, stdout, stderr, environment }: Parameters<typeof processFindings>[0]): Finding {
  if (stdin.isTTY === true && stderr.isTTY === true)
    return ok('terminal', `questions can be asked, ${stderr.columns ?? 80} columns, TERM=${environment['TERM'] ?? ''}`);
  const why = stdout.isTTY === true || stderr.isTTY === true ? 'the input is no terminal' : 'this is no terminal';
  return ok('terminal', `${why}: nothing is asked, and consent comes from --allow-writes-to and --accept-loss`);
}
