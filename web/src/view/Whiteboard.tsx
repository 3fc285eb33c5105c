/*
 * What it is: the whiteboard beside the stage: lines, the pen, who has drawn, and saving it as a picture.
 * Loaded when it is first opened. What is drawn leaves in pieces while the pen is down.
 */
import { Download, Eraser, Undo2, X } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import type { PointerEvent } from 'react';
import { Button, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { Line } from '../call/drawing-state';
import { nameOf } from '../call/roster';
import { amHost, denialOf } from '../call/rules';
import { INK_HIGH, INK_WIDE, onBoard } from '../e2ee/ink';
import type { Point } from '../e2ee/ink';
import { drawRenewal } from '../wire/tokens';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { saveFile } from './save';
import { useWhy } from './why';
import './whiteboard.css';

/** Each is dark enough on white (4.5 to 1) to be told from it, and named for who cannot tell them apart. */
const PALETTE = ['#14181f', '#c1121f', '#1d4ed8', '#15713a', '#a84300', '#7a2cb8'] as const;
const COLOUR_KEYS = [0, 1, 2, 3, 4, 5] as const;
const WIDTHS = [8, 18, 40] as const;
const WIDTH_KEYS = [0, 1, 2] as const;
/** So often a piece leaves while one draws; points nearer than this to the last one are left out. */
const PIECE_MS = 200;
const NEAR = 6;
/** A long line goes on as another one, below what one may have. */
const LONG = 900;

const pathOf = (points: readonly Point[]) =>
  points.length === 1
    ? `M${points[0]!.x} ${points[0]!.y}h0`
    : points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');

const Drawn = memo(function Drawn({ line }: { line: Line }) {
  const { points, colour, width } = line;
  return <path d={pathOf(points)} stroke={PALETTE[colour]} strokeWidth={WIDTHS[width]} />;
});

interface Pen {
  readonly colour: number;
  readonly width: number;
}

/** A line under way: what has not left yet. */
interface Stroke {
  readonly id: string;
  last: Point;
  waiting: Point[];
  points: number;
  sent: number;
}

function pointOf(event: PointerEvent<SVGSVGElement>): Point {
  const box = event.currentTarget.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * INK_WIDE;
  return onBoard(x, ((event.clientY - box.top) / box.height) * INK_HIGH);
}

/** Pointer events of the board: down begins a line, up ends it. */
function usePen({ colour, width }: Pen, allowed: boolean) {
  const tell = useTell();
  const stroke = useRef<Stroke | null>(null);
  const flush = () => {
    const now = stroke.current;
    if (!now || now.waiting.length === 0) return;
    tell({ t: 'draw', id: now.id, colour, width, points: now.waiting });
    now.waiting = [];
    now.sent = performance.now();
  };
  const begin = (point: Point) => {
    stroke.current = { id: drawRenewal(), last: point, waiting: [point], points: 1, sent: 0 };
  };
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    if (!allowed || event.button !== 0 || stroke.current) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const point = pointOf(event);
    begin(point);
    flush();
  };
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const now = stroke.current;
    if (!now) return;
    const point = pointOf(event);
    if (Math.hypot(point.x - now.last.x, point.y - now.last.y) < NEAR) return;
    now.last = point;
    now.waiting.push(point);
    now.points++;
    const long = now.points >= LONG;
    if (long || performance.now() - now.sent >= PIECE_MS) flush();
    if (long) begin(point);
  };
  const onPointerUp = () => {
    flush();
    stroke.current = null;
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp };
}

function Tools({ pen, onPen }: { pen: Pen; onPen(pen: Pen): void }) {
  const t = useT();
  const tell = useTell();
  const host = usePart(amHost);
  return (
    <div className="board-tools" role="group" aria-label={t('board.tools')}>
      <ToggleButtonGroup
        className="board-set"
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[pen.colour]}
        onSelectionChange={([key]) => onPen({ ...pen, colour: Number(key) })}
        aria-label={t('board.tools')}
      >
        {COLOUR_KEYS.map((one) => (
          <ToggleButton key={one} id={one} className="board-colour" aria-label={t(`board.colour.${one}`)}>
            <i style={{ background: PALETTE[one] }} />
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <ToggleButtonGroup
        className="board-set"
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[pen.width]}
        onSelectionChange={([key]) => onPen({ ...pen, width: Number(key) })}
        aria-label={t('board.width')}
      >
        {WIDTH_KEYS.map((one) => (
          <ToggleButton key={one} id={one} className="board-colour" aria-label={t(`board.width.${one}`)}>
            <i className="board-dot" data-width={one} />
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <div className="board-set">
        <Button className="iconbtn" aria-label={t('board.undo')} onPress={() => tell({ t: 'undraw' })}>
          <Undo2 size={19} />
        </Button>
        {host && (
          <Button className="iconbtn" aria-label={t('board.wipe')} onPress={() => tell({ t: 'wipe_board' })}>
            <Eraser size={19} />
          </Button>
        )}
      </div>
    </div>
  );
}

/** For who cannot see the lines, and for everybody who wants to know whose they are. */
function Drawers({ lines }: { lines: readonly Line[] }) {
  const t = useT();
  const state = usePart((whole) => whole);
  const counts = new Map<string | null, number>();
  for (const { author } of lines) counts.set(author, (counts.get(author) ?? 0) + 1);
  if (counts.size === 0) return <p className="board-who">{t('board.empty')}</p>;
  const name = (author: string | null) =>
    author === null ? t('people.you', { name: state.name }) : (nameOf(state, author) ?? t('someone'));
  return (
    <ul className="board-who" aria-label={t('board.who')}>
      {[...counts].map(([author, count]) => (
        <li key={author ?? ''} dir="auto">
          {t('board.by', { name: name(author), count })}
        </li>
      ))}
    </ul>
  );
}

/** The board as a picture file, drawn anew in the browser. */
function savePicture(lines: readonly Line[]): void {
  const canvas = document.createElement('canvas');
  canvas.width = INK_WIDE / 2;
  canvas.height = INK_HIGH / 2;
  const ink = canvas.getContext('2d');
  if (!ink) return;
  ink.fillStyle = '#ffffff';
  ink.fillRect(0, 0, canvas.width, canvas.height);
  ink.scale(0.5, 0.5);
  ink.lineCap = ink.lineJoin = 'round';
  for (const { points, colour, width } of lines) {
    ink.strokeStyle = PALETTE[colour] ?? PALETTE[0];
    ink.lineWidth = WIDTHS[width] ?? WIDTHS[0];
    ink.stroke(new Path2D(pathOf(points)));
  }
  canvas.toBlob((blob) => {
    if (blob) void blob.arrayBuffer().then((bytes) => saveFile('whiteboard.png', bytes));
  }, 'image/png');
}

export function Whiteboard() {
  const t = useT();
  const tell = useTell();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const lines = usePart((state) => state.drawing.lines);
  const denied = useWhy(usePart((state) => denialOf(state, 'share')));
  const [pen, setPen] = useState<Pen>({ colour: 0, width: 1 });
  const events = usePen(pen, denied === null);
  return (
    <section className="board light" aria-label={t('board.title')}>
      <div className="board-head">
        <h2 ref={heading} tabIndex={-1}>{t('board.title')}</h2>
        <Button className="iconbtn" aria-label={t('board.save')} onPress={() => savePicture(lines)}>
          <Download size={19} />
        </Button>
        <Button
          className="iconbtn"
          aria-label={t('board.close')}
          onPress={() => tell({ t: 'show_board', shown: false })}
        >
          <X size={20} />
        </Button>
      </div>
      {denied === null ? (
        <Tools pen={pen} onPen={setPen} />
      ) : (
        <p className="board-who">{denied}</p>
      )}
      <div className="board-sheet">
        <svg
          viewBox={`0 0 ${INK_WIDE} ${INK_HIGH}`}
          aria-hidden="true"
          data-lines={lines.length}
          {...events}
        >
          <g fill="none" strokeLinecap="round" strokeLinejoin="round">
            {lines.map((line) => (
              <Drawn key={line.id} line={line} />
            ))}
          </g>
        </svg>
      </div>
      <Drawers lines={lines} />
      <p className="board-who">{t('board.note')}</p>
    </section>
  );
}
