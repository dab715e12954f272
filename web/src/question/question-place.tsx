import { HeatQuestion } from '../run/heat-question.tsx';
import { StartQuestion } from '../run/start-question.tsx';
import { SettingQuestion } from '../setting/setting-question.tsx';
import { question } from './question.ts';

/** Below the header, over the page: the header with its stops is never covered. */
export function QuestionPlace() {
  const asked = question.value;
  if (asked === null) return null;
  if (asked.kind === 'setting') return <SettingQuestion key={asked.id} id={asked.id} beside={asked.beside} />;
  return asked.kind === 'start' ? <StartQuestion /> : <HeatQuestion />;
}
