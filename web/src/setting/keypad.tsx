import { say } from '../language/language.ts';

const digits = ['7', '8', '9', '4', '5', '6', '1', '2', '3'];

/** Number keys for gloved fingers; a keyboard works as well. */
export function Keypad({ signed, onKey }: { signed: boolean; onKey: (key: string) => void }) {
  const key = (name: string, face: string, label?: string) => (
    <button key={name} type="button" class="button key" aria-label={label} onClick={() => onKey(name)}>
      {face}
    </button>
  );
  return (
    <div class="keypad" role="group" aria-label={say.setting.keypad}>
      {digits.map((digit) => key(digit, digit))}
      {signed ? key('sign', '±', say.setting.sign) : key('.', '.')}
      {key('0', '0')}
      {key('erase', '⌫', say.setting.erase)}
    </div>
  );
}
