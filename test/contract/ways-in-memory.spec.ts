import { describeContract } from './describe-contract';
import { modeTargets } from './fake-targets';

describeContract(modeTargets());
