/**
 * One account, one page: two would write into the same store of keys, and both would be the same
 * device in a call. The browser's lock is given up with the page, however that ends.
 */
const LOCK = "haos-voice.account";

/**
 * @param take From whichever page has it.
 * @param onLost Another page took it.
 * @returns Whether this page has it now.
 */
export const holdAccount = async (take: boolean, onLost: () => void): Promise<boolean> =>
  new Promise((resolve) => {
    let held = false;
    const options: LockOptions = take ? { steal: true } : { ifAvailable: true };
    navigator.locks
      .request(LOCK, options, async (lock) => {
        held = lock !== null;
        resolve(held);
        // For as long as the page lives.
        if (held) await new Promise(() => undefined);
      })
      .catch(() => {
        if (held) onLost();
        else resolve(false);
      });
  });
