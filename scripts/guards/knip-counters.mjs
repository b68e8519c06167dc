/** A reporter for knip: one line of JSON with how many files it went through and what it found. */
export default function reportCounters({ issues, counters }) {
  const found = Object.values(issues).flatMap((byFile) => describe(byFile));
  console.log(JSON.stringify({ checked: counters.processed, problems: found }));
}

function describe(byFile) {
  if (typeof byFile !== 'object' || byFile === null) return [];
  return Object.values(byFile)
    .flatMap((bySymbol) => Object.values(bySymbol))
    .filter((issue) => typeof issue?.symbol === 'string')
    .map(
      (issue) =>
        `${issue.filePath}${issue.line ? `:${issue.line}` : ''} unused or missing: ${issue.type} ${issue.symbol}`,
    );
}
