import { describeModel } from './describe-model.js';
import { sqlite } from './sqlite-subject.js';

describeModel('sqlite', sqlite);
