import { describeModel, describeSite } from './describe-model.js';
import { sqlite } from './sqlite-subject.js';

describeModel('sqlite', sqlite);
describeSite('sqlite', sqlite, 60);
