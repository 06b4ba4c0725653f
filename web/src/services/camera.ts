/** The camera for oneself alone, in the settings. */
export const openCamera = async (deviceId: string): Promise<MediaStream> =>
  navigator.mediaDevices.getUserMedia({
    video: deviceId === "" ? true : { deviceId: { exact: deviceId } },
  });

export const closeStream = (stream: MediaStream): void =>
  stream.getTracks().forEach((track) => track.stop());
