/** A spreadsheet takes text that begins so for a formula, and runs it on the machine of whoever opens the file. */
const formulaStart = /^[=+\-@\t\r]/u;

/** One field of a CSV file (RFC 4180): numbers as they are, text quoted where needed and never a formula. */
function field(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function csvLine(fields: readonly (string | number | boolean | null)[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}
