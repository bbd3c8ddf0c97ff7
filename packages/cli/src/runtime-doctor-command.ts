import { diagnoseRuntime, type Finding } from '@hcsc/runtime';
import { diagnosisText } from './diagnosis-text.js';

/** `hcsc runtime doctor`: gives the exit code, 0 if the native backend works. */
export async function runtimeDoctorCommand({ json = false }: { json?: boolean }): Promise<number> {
  const diagnosis = await diagnoseRuntime();
  process.stdout.write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis));
  const native: Finding = diagnosis.native;
  return native.works ? 0 : 1;
}
