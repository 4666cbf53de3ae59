import type { Language } from "@centrala/contract";

/**
 * What a second computer sees on plain HTTP when our own authority made the certificate: why its browser is about to warn,
 * and how to trust this server once and for all. No scripts, no other files.
 */
export function certificatePage(options: {
  readonly language: Language;
  readonly secureUrl: string;
  readonly fingerprint: string;
}): string {
  const words = texts[options.language];
  const steps = words.steps.map((step) => `<li>${step}</li>`).join("");
  return `<!doctype html><html lang="${options.language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${words.title}</title><style>${style}</style>
<main><h1>${words.title}</h1><p>${words.why}</p><p><a class="button" href="/api/system/authority.crt">${words.download}</a></p>
<ol>${steps}</ol><p class="muted">${words.check}<br><code>${escapeHtml(options.fingerprint)}</code></p>
<p><a class="button primary" href="${escapeHtml(options.secureUrl)}">${words.go}</a></p><p class="muted">${words.later}</p></main></html>`;
}

/** The first of our languages that the browser names; English otherwise. */
export function languageOf(acceptLanguage: string | undefined): Language {
  for (const part of (acceptLanguage ?? "").toLowerCase().split(",")) {
    const tag = part.trim().slice(0, 2);
    if (tag === "bg" || tag === "ru" || tag === "en") return tag;
  }
  return "en";
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `body{margin:0;background:#f5f6f8;color:#171a21;font:15px/1.55 Inter,"Noto Sans",system-ui,sans-serif}
main{max-width:640px;margin:8vh auto;padding:28px;background:#fff;border:1px solid #e3e6eb;border-radius:8px}h1{font-size:22px;margin:0 0 12px}
li{margin:6px 0}.muted{color:#5b6472;font-size:13px}code{font-size:12px;overflow-wrap:anywhere}
.button{display:inline-block;padding:9px 14px;border:1px solid #cfd4dc;border-radius:7px;color:#171a21;text-decoration:none;font-weight:600}
.primary{background:#2f5bea;border-color:#2f5bea;color:#fff}
@media(prefers-color-scheme:dark){body{background:#101318;color:#eef1f5}main{background:#171b22;border-color:#272d38}.button{color:#eef1f5;border-color:#3a4250}.muted{color:#9aa4b2}}`;

const texts: Readonly<
  Record<
    Language,
    { title: string; why: string; download: string; steps: readonly string[]; check: string; go: string; later: string }
  >
> = {
  en: {
    title: "One step before you go on",
    why: "Browsers give a microphone only to pages with a certificate they trust. This centre made its certificate itself, so your browser does not know it yet and will warn you. Let it trust the centre's certificate authority once, and the warning is gone on this computer.",
    download: "Download the certificate authority",
    steps: [
      "<b>Windows:</b> open the file, choose “Install Certificate”, “Current User”, “Place all certificates in the following store”, “Trusted Root Certification Authorities”.",
      "<b>macOS:</b> open the file in Keychain Access, open the certificate there, set “When using this certificate” to “Always Trust”.",
      "<b>Linux:</b> in the browser's settings find “Certificates”, “Authorities”, “Import”.",
      "<b>Android:</b> Settings, Security, “Install a certificate”, “CA certificate”.",
      "Close the browser and open it again.",
    ],
    check: "Your technician can compare this fingerprint (SHA-256) with the one on the centre's System page:",
    go: "Go on to Centrala",
    later:
      "If you go on without it, the browser shows a warning: “Advanced”, then “Proceed”, opens the page all the same.",
  },
  ru: {
    title: "Один шаг, прежде чем продолжить",
    why: "Браузер даёт доступ к микрофону только страницам с сертификатом, которому он доверяет. Этот центр создал сертификат сам, поэтому браузер его ещё не знает и покажет предупреждение. Установите корневой сертификат центра один раз, и на этом компьютере предупреждения больше не будет.",
    download: "Скачать корневой сертификат",
    steps: [
      "<b>Windows:</b> откройте файл, выберите «Установить сертификат», «Текущий пользователь», «Поместить все сертификаты в следующее хранилище», «Доверенные корневые центры сертификации».",
      "<b>macOS:</b> откройте файл в «Связке ключей», откройте там сертификат и в разделе «Доверие» выберите «Всегда доверять».",
      "<b>Linux:</b> в настройках браузера найдите «Сертификаты», «Центры сертификации», «Импорт».",
      "<b>Android:</b> «Настройки», «Безопасность», «Установить сертификат», «Сертификат ЦС».",
      "Закройте браузер и откройте его снова.",
    ],
    check: "Технический специалист может сверить этот отпечаток (SHA-256) с указанным на странице «Система»:",
    go: "Перейти в Centrala",
    later:
      "Если продолжить без сертификата, браузер покажет предупреждение: «Дополнительные», затем «Перейти на сайт» всё равно откроет страницу.",
  },
  bg: {
    title: "Една стъпка, преди да продължите",
    why: "Браузърът дава достъп до микрофона само на страници със сертификат, на който има доверие. Този център е създал сертификата си сам, затова браузърът още не го познава и ще Ви предупреди. Инсталирайте веднъж основния сертификат на центъра и предупреждението на този компютър ще изчезне.",
    download: "Изтегляне на основния сертификат",
    steps: [
      "<b>Windows:</b> отворете файла, изберете „Инсталиране на сертификат“, „Текущ потребител“, „Поставяне на всички сертификати в следното хранилище“, „Надеждни главни сертифициращи органи“.",
      "<b>macOS:</b> отворете файла в „Достъп до ключодържател“, отворете сертификата там и в „Доверие“ изберете „Винаги се доверявай“.",
      "<b>Linux:</b> в настройките на браузъра намерете „Сертификати“, „Органи“, „Импортиране“.",
      "<b>Android:</b> „Настройки“, „Сигурност“, „Инсталиране на сертификат“, „Сертификат на CA“.",
      "Затворете браузъра и го отворете отново.",
    ],
    check: "Техникът може да сравни този отпечатък (SHA-256) с посочения на страницата „Система“:",
    go: "Към Centrala",
    later:
      "Ако продължите без сертификата, браузърът ще покаже предупреждение: „Разширени“, после „Продължаване“ отваря страницата въпреки това.",
  },
};
