import { type RefObject, useEffect, useRef, useState } from "react";

type Size = { width: number; height: number };

export const useElementSize = <T extends HTMLElement>(): [RefObject<T | null>, Size] => {
  const element = useRef<T>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, size];
};
