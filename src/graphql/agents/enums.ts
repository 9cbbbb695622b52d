import { ProcessState, RiskLevel } from '../../domain/agents/enums.js';
import { builder } from '../builder.js';
import { values } from '../shared/integer-enum.js';

const UNKNOWN_NOTE = 'UNKNOWN is what a newer version wrote; it cannot be sent.';

export const ProcessStateEnum = builder.enumType('ProcessState', {
  values: values(ProcessState),
  description: `STARTED comes from startProcess; nothing follows COMPLETED or FAILED. ${UNKNOWN_NOTE}`,
});
export const RiskLevelEnum = builder.enumType('RiskLevel', {
  values: values(RiskLevel),
  description: UNKNOWN_NOTE,
});
