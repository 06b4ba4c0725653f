import { useDevices } from "../../hooks/use-devices";
import { text } from "../../strings/en";
import { Select } from "../ui/fields";

type Props = {
  label: string;
  kind: MediaDeviceKind;
  value: string;
  onChange: (id: string) => void;
};

export const DeviceSelect = ({ label, kind, value, onChange }: Props) => {
  const devices = useDevices(kind);
  const options = devices.map((device, index) => ({
    value: device.id,
    label: device.label || text.settings.unnamed(index + 1),
  }));
  // A device that is not plugged in now is still the one that was chosen.
  const known = options.some((option) => option.value === value);
  return (
    <Select
      label={label}
      value={known ? value : ""}
      options={[{ value: "", label: text.settings.standard }, ...options]}
      onChange={onChange}
    />
  );
};
