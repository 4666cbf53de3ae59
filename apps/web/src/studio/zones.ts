/**
 * Cities of zones that are the only one of their country, in Bulgarian and Russian: for those a browser knows the country's
 * name alone. Cities of countries with several zones it names itself.
 */
const cities: Readonly<Record<string, readonly [bg: string, ru: string]>> = {
  "Europe/Amsterdam": ["Амстердам", "Амстердам"],
  "Europe/Athens": ["Атина", "Афины"],
  "Europe/Belgrade": ["Белград", "Белград"],
  "Europe/Berlin": ["Берлин", "Берлин"],
  "Europe/Bratislava": ["Братислава", "Братислава"],
  "Europe/Brussels": ["Брюксел", "Брюссель"],
  "Europe/Bucharest": ["Букурещ", "Бухарест"],
  "Europe/Budapest": ["Будапеща", "Будапешт"],
  "Europe/Chisinau": ["Кишинев", "Кишинёв"],
  "Europe/Copenhagen": ["Копенхаген", "Копенгаген"],
  "Europe/Dublin": ["Дъблин", "Дублин"],
  "Europe/Helsinki": ["Хелзинки", "Хельсинки"],
  "Europe/Istanbul": ["Истанбул", "Стамбул"],
  "Europe/Kiev": ["Киев", "Киев"],
  "Europe/Kyiv": ["Киев", "Киев"],
  "Europe/Lisbon": ["Лисабон", "Лиссабон"],
  "Europe/Ljubljana": ["Любляна", "Любляна"],
  "Europe/London": ["Лондон", "Лондон"],
  "Europe/Luxembourg": ["Люксембург", "Люксембург"],
  "Europe/Madrid": ["Мадрид", "Мадрид"],
  "Europe/Minsk": ["Минск", "Минск"],
  "Europe/Oslo": ["Осло", "Осло"],
  "Europe/Paris": ["Париж", "Париж"],
  "Europe/Podgorica": ["Подгорица", "Подгорица"],
  "Europe/Prague": ["Прага", "Прага"],
  "Europe/Riga": ["Рига", "Рига"],
  "Europe/Rome": ["Рим", "Рим"],
  "Europe/Sarajevo": ["Сараево", "Сараево"],
  "Europe/Skopje": ["Скопие", "Скопье"],
  "Europe/Sofia": ["София", "София"],
  "Europe/Stockholm": ["Стокхолм", "Стокгольм"],
  "Europe/Tallinn": ["Талин", "Таллин"],
  "Europe/Tirane": ["Тирана", "Тирана"],
  "Europe/Vaduz": ["Вадуц", "Вадуц"],
  "Europe/Vienna": ["Виена", "Вена"],
  "Europe/Vilnius": ["Вилнюс", "Вильнюс"],
  "Europe/Warsaw": ["Варшава", "Варшава"],
  "Europe/Zagreb": ["Загреб", "Загреб"],
  "Europe/Zurich": ["Цюрих", "Цюрих"],
  "Atlantic/Reykjavik": ["Рейкявик", "Рейкьявик"],
  "Asia/Ashgabat": ["Ашхабад", "Ашхабад"],
  "Asia/Baku": ["Баку", "Баку"],
  "Asia/Bangkok": ["Банкок", "Бангкок"],
  "Asia/Bishkek": ["Бишкек", "Бишкек"],
  "Asia/Dubai": ["Дубай", "Дубай"],
  "Asia/Dushanbe": ["Душанбе", "Душанбе"],
  "Asia/Hong_Kong": ["Хонконг", "Гонконг"],
  "Asia/Jerusalem": ["Йерусалим", "Иерусалим"],
  "Asia/Seoul": ["Сеул", "Сеул"],
  "Asia/Shanghai": ["Шанхай", "Шанхай"],
  "Asia/Tashkent": ["Ташкент", "Ташкент"],
  "Asia/Tbilisi": ["Тбилиси", "Тбилиси"],
  "Asia/Tehran": ["Техеран", "Тегеран"],
  "Asia/Tokyo": ["Токио", "Токио"],
  "Asia/Yerevan": ["Ереван", "Ереван"],
  "Africa/Cairo": ["Кайро", "Каир"],
};

/** A time zone by its city in the reader's language: "София", not "Europe/Sofia". Where the city has no name there, the country. */
export function zoneName(zone: string, language: string): string {
  const english = (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
  if (language !== "bg" && language !== "ru") return english;
  const known = cities[zone];
  if (known) return known[language === "bg" ? 0 : 1];
  const place = placeOf(zone, language);
  // Without a place of its own the browser gives an offset ("GMT+3") or the zone's letters.
  return /\p{Script=Cyrillic}/u.test(place) ? place : english;
}

function placeOf(timeZone: string, language: string): string {
  try {
    const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: "shortGeneric" }).formatToParts(0);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  } catch {
    return "";
  }
}
