/** To-device, encrypted with Olm. In a room it would be for everybody's eyes, for ever. */
export const KEY_TYPE = "io.element.call.encryption_keys";
