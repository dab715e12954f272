import type { SignalReply, Value } from '../contract/replies.ts';
import { say } from '../language/language.ts';

const formats = new Map<number, Intl.NumberFormat>();

function digits(decimals: number): Intl.NumberFormat {
  let format = formats.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat(say.locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  return format;
}

/** With a true minus sign, so that digits stay aligned. */
export function numberText(value: number, decimals: number): string {
  const text = digits(decimals).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

const exact = new Intl.NumberFormat(say.locale, { maximumFractionDigits: 9, useGrouping: false });

/** Every digit that there is: what is about to be sent is shown as it is, not rounded. */
export function exactText(value: number): string {
  return exact.format(value).replace('-', '−');
}

/** As `numberText`, with its sign always. */
export function signedText(value: number, decimals: number): string {
  const text = numberText(value, decimals);
  return value > 0 ? `+${text}` : text;
}

/** Digits after the point: as declared, else what the unit is usually read with. */
export function decimalsOf(description: Pick<SignalReply, 'decimals' | 'unit'> | undefined): number {
  if (typeof description?.decimals === 'number') return description.decimals;
  return ['°C', 'A', 'kW', 'kWh', 'h'].includes(description?.unit ?? '') ? 1 : 0;
}

/** A value in words, without its unit. */
export function valueText(value: Value, description: SignalReply | undefined): string {
  if (value === null) return say.value.none;
  if (typeof value === 'number') {
    const word = description?.type === 'Enumeration' ? description.states?.[value] : undefined;
    return word ?? numberText(value, decimalsOf(description));
  }
  if (typeof value === 'boolean') return description?.states?.[value ? 1 : 0] ?? (value ? say.value.on : say.value.off);
  return value;
}

/** A value of no declared signal, as reasons and alarms carry it. */
export function looseText(value: Value | undefined, unit: string | undefined): string {
  if (value === undefined || value === null) return say.value.none;
  const text =
    typeof value === 'number'
      ? numberText(value, Number.isInteger(value) ? 0 : 1)
      : typeof value === 'boolean'
        ? value
          ? say.value.on
          : say.value.off
        : value;
  return unit === undefined || unit === '' ? text : `${text} ${unit}`;
}

/** Whole units, the larger the older: nobody needs the seconds of an hour. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return say.age.seconds(numberText(seconds, 0));
  if (seconds < 7_200) return say.age.minutes(numberText(Math.floor(seconds / 60), 0));
  if (seconds < 172_800) return say.age.hours(numberText(Math.floor(seconds / 3_600), 0));
  return say.age.days(numberText(Math.floor(seconds / 86_400), 0));
}

export function clockText(time: string | number): string {
  return new Date(time).toLocaleTimeString(say.locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

export function dateAndTimeText(time: string): string {
  const date = new Date(time);
  const sameDay = date.toDateString() === new Date().toDateString();
  return sameDay
    ? clockText(time)
    : `${date.toLocaleDateString(say.locale, { day: 'numeric', month: 'short' })} ${clockText(time)}`;
}

/** The name of a quality in words; an unknown one keeps its own name. */
export function qualityText(quality: string): string {
  return say.quality[quality] ?? quality;
}
