// The walls of the house (docs/architecture.md). Type imports count: a type is a dependency too.
const ranks = [
  ['domain'],
  ['config', 'observability'],
  ['schema'],
  ['db', 'ingest', 'media', 'replay'],
  ['analytics'],
  ['graphql', 'jobs'],
  ['http'],
  ['app'],
  ['cli', 'docs', 'main.ts'],
];
const folder = (name) => (name.endsWith('.ts') ? `^src/${name.replace('.', '\\.')}$` : `^src/${name}/`);

const rankRules = ranks.flatMap((names, rank) =>
  names.map((name) => ({
    name: `rank-${name.replace('.ts', '')}`,
    comment: `src/${name} may import lower ranks and its own folder only`,
    severity: 'error',
    from: { path: folder(name) },
    to: {
      path: ranks
        .slice(rank)
        .flat()
        .filter((other) => other !== name)
        .map(folder),
    },
  })),
);

const onlyIn = (name, packages, folders) => ({
  name: `only-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: folders.map((f) => `^src/${f}`) },
  to: { path: packages.map((p) => `^node_modules/${p}(/|$)`) },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    // `main.ts` is the one entry; `docs/` writes the generated references from the very definitions it prints.
    ...rankRules.filter(
      (rule) => rule.name !== 'rank-main' && rule.name !== 'rank-cli' && rule.name !== 'rank-docs',
    ),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'db-behind-ports',
      comment:
        'ingest, graphql, jobs, http, media, replay and analytics see ports in domain/, never db/; the process of DuckDB composes itself',
      severity: 'error',
      from: {
        path: '^src/(ingest|graphql|jobs|http|media|replay|analytics)/',
        pathNot: '^src/analytics/duckdb-process-main\\.ts$',
      },
      to: { path: '^src/(db|schema)/' },
    },
    onlyIn('drizzle', ['drizzle-orm'], ['schema/', 'db/']),
    onlyIn('better-sqlite3', ['better-sqlite3', '@types/better-sqlite3'], ['db/sqlite/']),
    onlyIn('pg', ['pg', '@types/pg'], ['db/postgres/']),
    onlyIn('duckdb', ['@duckdb'], ['analytics/']),
    onlyIn(
      'graphql-servers',
      ['@pothos', 'graphql-yoga', '@graphql-yoga', 'graphql', 'dataloader'],
      ['graphql/'],
    ),
    onlyIn('p-queue', ['p-queue'], ['ingest/', 'jobs/', 'media/']),
    onlyIn('prom-client', ['prom-client'], ['observability/']),
    onlyIn('pino', ['pino'], ['observability/']),
    onlyIn('commander', ['commander'], ['cli/']),
    {
      name: 'folder-has-a-rank',
      comment: 'a new folder of src/ gets its place in the ranks above before anything is written in it',
      severity: 'error',
      from: { path: '^src/', pathNot: ranks.flat().map(folder) },
      to: {},
    },
    {
      name: 'clients-and-web-speak-the-api',
      severity: 'error',
      from: { path: '^(web|clients)/' },
      to: { path: '^src/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
