/* What it is: a page that shows a meeting, and says how it goes. */
import { embedMeeting } from 'conclave';

const SERVER = 'https://meet.example';
const at = (id) => document.getElementById(id);
let meeting;

function say({ phase, muted, people }) {
  const words = { outside: 'Not in the meeting.', left: 'The meeting is over for you.' };
  const joined = `In the meeting: ${people} people, you are ${muted ? 'muted' : 'heard'}.`;
  at('state').textContent = phase === 'joined' ? joined : words[phase];
  at('mute').disabled = phase !== 'joined' || muted;
  at('leave').disabled = phase !== 'joined';
}

function show(place) {
  meeting?.remove();
  try {
    meeting = embedMeeting(at('meeting'), { ...place, title: 'Meeting' });
  } catch {
    at('state').textContent = 'This is not the link of a meeting.';
    return;
  }
  meeting.on('change', say);
  say(meeting.state);
}

at('start').addEventListener('submit', (event) => {
  event.preventDefault();
  show({ link: at('link').value });
});
at('own').addEventListener('click', () => show({ server: SERVER }));
at('mute').addEventListener('click', () => meeting?.mute());
at('leave').addEventListener('click', () => meeting?.leave());
