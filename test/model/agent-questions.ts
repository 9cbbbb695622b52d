import type { AgentAnswers, CodeQuestion, ExtractionQuestion, ProcessQuestion } from './agent-answers.js';
import type { AgentModel } from './agent-model.js';
import { expectSame } from './compare.js';
import type { Inspection } from './history-types.js';
import { AGENTS, LANGUAGES, PATTERNS, TYPES, WORDS } from './process-plans.js';
import { sessionUuid } from './sessions.js';

/** A question and how to ask it of anybody. */
export type AgentQuestion = readonly [name: string, ask: (answers: AgentAnswers) => unknown];

/** Everything there is to ask about agents, of what the model knows of. */
export function agentQuestionsAt(inspection: Inspection, model: AgentModel): AgentQuestion[] {
  const { range, hours } = inspection;
  const processes: ProcessQuestion[] = [
    {},
    ...AGENTS.map((agent) => ({ agent })),
    ...[{ isActive: true }, { isActive: false }, { started: range }],
    { agent: AGENTS[0], isActive: false, started: range },
  ];
  const extractions: ExtractionQuestion[] = [
    {},
    ...AGENTS.map((agent) => ({ agent })),
    ...TYPES.map((type) => ({ type })),
    ...PATTERNS.map((pattern) => ({ pattern })),
    ...LANGUAGES.map((language) => ({ language })),
    ...([0, 1, 3, 4] as const).map((riskLevel) => ({ riskLevel })),
    ...[{ minRiskLevel: 3 as const }, { within: range }, { sessionUuid: sessionUuid(0) }],
    { agent: AGENTS[1], type: TYPES[0], pattern: PATTERNS[1], within: range },
  ];
  const codes: CodeQuestion[] = [
    {},
    ...AGENTS.map((agent) => ({ agent })),
    ...LANGUAGES.map((language) => ({ language })),
    ...[{ isParseable: true }, { isParseable: false }, { sessionUuid: sessionUuid(1) }],
    { agent: AGENTS[0], language: LANGUAGES[0] },
  ];
  return [
    ['dead letters', (a) => a.deadLetters()],
    ...processes.map(named('processes', (a, question) => a.processes(question))),
    ...extractions.map(named('extraction events', (a, question) => a.extractions(question))),
    ...codes.map(named('code', (a, question) => a.codeBlocks(question))),
    ...[...model.state.processes.keys()].flatMap((uuid): AgentQuestion[] => [
      [`states of ${uuid}`, (a) => a.states(uuid)],
      [`extraction events of ${uuid}`, (a) => a.extractionsOf(uuid)],
    ]),
    ...WORDS.flatMap((word): AgentQuestion[] => [
      [`found ${word}`, (a) => a.found(word, {})],
      [`found ${word} of an agent in a range`, (a) => a.found(word, { agent: AGENTS[0], within: range })],
    ]),
    ...[...AGENTS, 'nobody'].flatMap((agent): AgentQuestion[] => [
      [`statistics of ${agent}`, (a) => a.agentStats(agent, null)],
      [`statistics of ${agent} in a range`, (a) => a.agentStats(agent, range)],
    ]),
    ...[...PATTERNS, 'never'].flatMap((pattern): AgentQuestion[] => [
      [`statistics of ${pattern}`, (a) => a.patternStats(pattern, null)],
      [`statistics of ${pattern} in a range`, (a) => a.patternStats(pattern, range)],
    ]),
    ...inspection.zones.flatMap((zone): AgentQuestion[] => [
      [`hours, ${zone}`, (a) => a.activity(null, hours, 'HOUR', zone)],
      [`days, ${zone}`, (a) => a.activity(null, range, 'DAY', zone)],
      [`weeks of an agent, ${zone}`, (a) => a.activity(AGENTS[0], range, 'WEEK', zone)],
      [`months of nobody, ${zone}`, (a) => a.activity('nobody', range, 'MONTH', zone)],
    ]),
  ];
}

const named =
  <Question>(about: string, ask: (answers: AgentAnswers, question: Question) => unknown) =>
  (question: Question): AgentQuestion => [
    `${about} ${JSON.stringify(question)}`,
    (answers) => ask(answers, question),
  ];

/** Asks the model and the answers everything; throws at the first question that they answer differently. */
export async function compareAgents(
  inspection: Inspection,
  model: AgentModel,
  answers: AgentAnswers,
): Promise<void> {
  for (const [name, ask] of agentQuestionsAt(inspection, model))
    expectSame(name, await ask(model), await ask(answers));
}
