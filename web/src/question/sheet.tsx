import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

/**
 * A dialog over the page's content. It is not modal to the browser, on purpose: a modal one would make everything else
 * unreachable, and the stop buttons must always be within reach.
 */
export function Sheet(props: {
  title: string;
  onClose: (() => void) | null;
  children: ComponentChildren;
  name: string;
}) {
  const titleId = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const first = box.current?.querySelector<HTMLElement>('[data-first], input, button');
    first?.focus();
    if (first instanceof HTMLInputElement) first.select();
  }, []);
  const { onClose } = props;
  useEffect(() => {
    // On the whole document: the key has to work also when nothing in the sheet has the keyboard.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onClose?.();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <div class="sheet-ground">
      <div class="sheet" role="dialog" aria-labelledby={titleId} data-sheet={props.name} ref={box}>
        <h2 id={titleId}>{props.title}</h2>
        {props.children}
      </div>
    </div>
  );
}
