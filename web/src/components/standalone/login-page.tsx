import { Eye, EyeOff, ExternalLink, LoaderCircle, TriangleAlert, Volume2 } from "lucide-react";
import { type SubmitEvent, useId, useState } from "react";
import { useLogin } from "../../hooks/use-login";
import type { LoginWays } from "../../lib/login";
import type { Trouble } from "../../lib/phase";
import { homeserverName, type Site } from "../../lib/site";
import { text } from "../../strings/en";
import { words } from "../../strings/standalone.en";
import { Button, IconButton } from "../ui/button";
import { Select } from "../ui/fields";
import css from "./login.module.css";

type Props = {
  site: Site;
  trouble: Trouble | null;
  /** Whose session waits for them; null: nobody's. */
  user: string | null;
};
type Login = ReturnType<typeof useLogin>;

/** With a password, or by a page of the homeserver's: whatever it offers. */
export const LoginPage = ({ site, trouble, user }: Props) => {
  const [homeserver, setHomeserver] = useState(site.homeservers[0] ?? "");
  const login = useLogin(homeserver, trouble);
  const { ways } = login;
  const name = homeserverName(site, homeserver);
  const options = site.homeservers.map((url) => ({ value: url, label: homeserverName(site, url) }));
  return (
    <main className={css["page"]}>
      <section className={css["card"]} aria-labelledby="login-title">
        <header className={css["head"]}>
          <Volume2 className={css["logo"]} aria-hidden="true" />
          <div>
            <h1 id="login-title">{words.login.title}</h1>
            <p className={css["soft"]}>{words.login.intro}</p>
          </div>
        </header>
        {options.length > 1 ? (
          <Select
            label={words.login.homeserver}
            value={homeserver}
            options={options}
            onChange={setHomeserver}
          />
        ) : (
          <p className={css["server"]}>{words.login.on(name)}</p>
        )}
        {login.trouble !== null && <Told {...login.trouble} />}
        {ways.tag === "asking" && (
          <p role="status" className={css["waiting"]}>
            <LoaderCircle className={css["spinner"]} aria-hidden="true" />
            {words.login.asking}
          </p>
        )}
        {ways.tag === "failed" && <Button onClick={login.askAgain}>{text.tryAgain}</Button>}
        {ways.tag === "known" && <Offered {...{ login, name, user }} ways={ways.ways} />}
        {user !== null && (
          <div className={css["ways"]}>
            <Button look="quiet" wide disabled={login.busy} onClick={login.forget}>
              {words.login.forget}
            </Button>
            <p className={css["soft"]}>{words.login.forgetHelp(user)}</p>
          </div>
        )}
      </section>
      <p className={css["foot"]}>{words.login.link}</p>
    </main>
  );
};

const Told = ({ why, detail }: Trouble) => {
  const { title, help } = words.failures[why];
  return (
    <div className={css["trouble"]} role="alert">
      <TriangleAlert aria-hidden="true" />
      <div>
        <p className={css["troubleTitle"]}>{title}</p>
        <p>{help}</p>
        {detail !== "" && <p className={css["detail"]}>{detail}</p>}
      </div>
    </div>
  );
};

type OfferedProps = { login: Login; ways: LoginWays; name: string; user: string | null };

const Offered = ({ login, ways, name, user }: OfferedProps) => {
  if (ways.oauth)
    return (
      <div className={css["ways"]}>
        <Button look="primary" wide disabled={login.busy} onClick={login.withOAuth}>
          <ExternalLink className={css["icon"]} aria-hidden="true" />
          {words.login.oauth(name)}
        </Button>
        <p className={css["soft"]}>{words.login.oauthHelp}</p>
      </div>
    );
  if (!ways.password && ways.sso.length === 0) return <Told why="NOT_OFFERED" detail="" />;
  return (
    <div className={css["ways"]}>
      {ways.password && <PasswordForm {...{ login }} known={user} />}
      {ways.password && ways.sso.length > 0 && <p className={css["or"]}>{words.login.or}</p>}
      {ways.sso.map((provider) => (
        <Button
          key={provider.id ?? ""}
          look={ways.password ? "plain" : "primary"}
          wide
          disabled={login.busy}
          onClick={() => login.withSso(provider.id)}
        >
          <ExternalLink className={css["icon"]} aria-hidden="true" />
          {provider.id === null ? words.login.sso : words.login.ssoWith(provider.name)}
        </Button>
      ))}
    </div>
  );
};

const PasswordForm = ({ login, known }: { login: Login; known: string | null }) => {
  const id = useId();
  const [user, setUser] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (user.trim() !== "" && password !== "") login.withPassword(user, password);
  };
  return (
    <form className={css["form"]} onSubmit={submit}>
      <div className={css["field"]}>
        <label htmlFor={`${id}-user`}>{words.login.user}</label>
        <input
          id={`${id}-user`}
          className={css["input"]}
          value={user}
          onChange={(event) => setUser(event.target.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          aria-describedby={`${id}-hint`}
        />
        <p id={`${id}-hint`} className={css["hint"]}>
          {words.login.userHint}
        </p>
      </div>
      <div className={css["field"]}>
        <label htmlFor={`${id}-password`}>{words.login.password}</label>
        <div className={css["secret"]}>
          <input
            id={`${id}-password`}
            className={css["input"]}
            type={shown ? "text" : "password"}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
            required
          />
          <IconButton
            label={words.login.show}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
          </IconButton>
        </div>
      </div>
      <Button look="primary" wide type="submit" disabled={login.busy}>
        {login.busy ? words.login.busy : words.login.submit}
      </Button>
    </form>
  );
};
