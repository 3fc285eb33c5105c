/*
 * What it is: React's entrance: the pages, with the call at hand.
 */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { CallContext } from './call';
import type { Call } from './call';
import { App } from './App';
import { Mishap } from './Mishap';
import './tokens.css';
import './base.css';

export function mount(call: Call): void {
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <CallContext value={call}>
        <Mishap onBroken={call.abandon}>
          <App />
        </Mishap>
      </CallContext>
    </StrictMode>,
  );
}
