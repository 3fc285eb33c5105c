/*
 * What it is: the pages that stand in for the program when it is not started: its release signature is missing or
 * wrong, its bytes are not the pinned ones, or the server is silent.
 * Made by the service worker alone; nothing of the server's is in them but hashes.
 */
interface Words {
  readonly refused: string;
  readonly refusedWhat: string;
  readonly known: string;
  readonly offered: string;
  readonly todo: string;
  readonly go: string;
  readonly damaged: string;
  readonly damagedWhat: string;
  readonly silent: string;
  readonly silentWhat: string;
}

const WORDS: Readonly<Record<'en' | 'fr', Words>> = {
  en: {
    refused: 'The program on this server is not the released one',
    refusedWhat:
      'The server offers a program without a valid release signature, or an older one. It was not ' +
      'started: it could show or send what it should not.',
    known: 'Program that you have used so far:',
    offered: 'Program that the server offers now:',
    todo: 'Ask those who run this server, or compare the second number with a published release.',
    go: 'Use the new program all the same (open your meeting link again afterwards)',
    damaged: 'The server sent a changed page',
    damagedWhat:
      'It is not the page of the program that the server itself names, so it was not started. ' +
      'Tell those who run this server, and try again later.',
    silent: 'The server does not answer',
    silentWhat: 'Check your connection, then load this page again.',
  },
  fr: {
    refused: 'Le programme de ce serveur n’est pas celui qui a été publié',
    refusedWhat:
      'Le serveur propose un programme sans signature de publication valable, ou plus ancien. Il n’a ' +
      'pas été lancé : il pourrait montrer ou envoyer ce qu’il ne doit pas.',
    known: 'Programme que vous avez utilisé jusqu’ici :',
    offered: 'Programme que le serveur propose maintenant :',
    todo: 'Demandez à ceux qui gèrent ce serveur, ou comparez le second nombre avec une publication.',
    go: 'Utiliser quand même le nouveau programme (rouvrez ensuite votre lien de réunion)',
    damaged: 'Le serveur a envoyé une page modifiée',
    damagedWhat:
      'Ce n’est pas la page du programme que le serveur lui-même annonce ; elle n’a pas été lancée. ' +
      'Prévenez ceux qui gèrent ce serveur et réessayez plus tard.',
    silent: 'Le serveur ne répond pas',
    silentWhat: 'Vérifiez votre connexion, puis rechargez cette page.',
  },
};

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem}' +
  'code{overflow-wrap:anywhere}';
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

function language(): 'en' | 'fr' {
  return navigator.language.startsWith('fr') ? 'fr' : 'en';
}

function pageOf(status: number, title: string, body: string): Response {
  const html = `<!doctype html><html lang="${language()}"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style><main role="alert">
<h1>${title}</h1>${body}</main></html>`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
  };
  return new Response(html, { status, headers });
}

export function refusedPage(was: string, now: string, token: string): Response {
  const words = WORDS[language()];
  const known = was ? `<p>${words.known}<br><code>${was}</code></p>` : '';
  const body = `<p>${words.refusedWhat}</p>${known}
<p>${words.offered}<br><code>${now}</code></p><p>${words.todo}</p>
<p><a href="?trust=${token}">${words.go}</a></p>`;
  return pageOf(403, words.refused, body);
}

/** path: one that the pinned manifest names. */
export function damagedPage(path: string, pinned: string): Response {
  const words = WORDS[language()];
  const body = `<p>${words.damagedWhat}</p><p><code>${path}</code></p>
<p>${words.known}<br><code>${pinned}</code></p>`;
  return pageOf(403, words.damaged, body);
}

export function silentPage(): Response {
  const words = WORDS[language()];
  return pageOf(503, words.silent, `<p>${words.silentWhat}</p>`);
}
