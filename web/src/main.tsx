import { effect } from '@preact/signals';
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/page.css';
import { followTitle } from './header/window-title.ts';
import { language } from './language/language.ts';
import { startClock } from './live/clock.ts';
import { followMachine } from './live/follow.ts';
import { Page } from './page.tsx';
import { question } from './question/question.ts';
import { sessionState, startSession, whoAmI } from './session/session.ts';

/** While the server can't be reached before anybody signed in, it is asked again so often, in ms. */
const askAgainMs = 2_000;

document.documentElement.lang = language;
startClock();
startSession();
followMachine();
followTitle();
// A question belongs to the one who asked it: whoever signs in next is not to find it open.
effect(() => {
  if (sessionState.value !== 'in') question.value = null;
});
void whoAmI();
setInterval(() => {
  if (sessionState.value === 'unknown') void whoAmI();
}, askAgainMs);

const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no element #page');
render(<Page />, place);
