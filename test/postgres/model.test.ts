import { describeModel } from '../model/describe-model.js';
import { postgres } from './postgres-subject.js';

describeModel('postgres', postgres);
