#!/usr/bin/env node
// Makes the list of receipt words from OpenTaal's Dutch dictionary (Debian packages hunspell-nl and wdutch):
//   client/words/make-words.mjs > client/words/nl-1.txt
// 7,776 words of 4 to 7 letters a to z, no two with the same first four letters, so that four letters are enough to tell them apart. Of the
// words with the same first four letters the one that the most longer words begin or end with is taken: those are the familiar ones.
// A list that was published is never made again: old words must stay readable. Improve it as nl-2.
import { readFileSync } from "node:fs";

const size = 7776;
const dictionary = readFileSync("/usr/share/hunspell/nl_NL.dic", "utf8").split("\n").map((line) => line.split("/")[0].trim());
const all = readFileSync("/usr/share/dict/dutch", "utf8").split("\n").map((line) => line.trim().toLowerCase());

// Nothing that hurts, frightens or names the matter at hand; by the letters a word has in it.
const never = `seks sex porn hoer hoere neuk kut lul pik piem kank tyf tering klot kloot flikk homo lesb nazi hitl jood joden neger zwar blank moord dood
  dode lijk bloed verkr misbr slaaf slav slet trut teef mong debiel idioot imbe pis poep kak schijt stron scheet reet kont tiet borst penis vagi
  anus anaal oraal sperm orga masturb geil naakt bloot bord peep pooier pros escort raam slacht dader offer politie agent meld getuig beul
  gif drug heroi coca crack wapen pistool geweer mes bom schiet steek brand vuur kogel wurg martel pijn wond ziek pest aids hiv virus
  duivel satan hel god allah islam moslim christ kerk mosk imam paus priest rabbi bijbel koran terror oorlog leger soldaat front
  vreem illega asiel migra ras gek dom lelijk dik vet stom dief boef roof steel steal crimin gevang cel bajes boei straf drank dronk
  jenev alcoho junk spuit zelfm suic depress angst bang haat hater rouw graf begraf kist lam mank blind doof krep ezel koe varken rat
  aars abort coit erect erog zeik fuck bitch joint hasj weed blow eunuch onkuis kolere kafir losers klojo billen maffia trauma corona hufter
  tuig verrad dreig chant afpers verlos schand beval fraude abdis paniek onheil luizen hetero seksu voyeur sadis masoc fetis condoom pil
  fout mislei mishan slaap slaan sloeg aap hond kutt trol spast mietj janet potten nicht dwerg`.split(/\s+/).filter(Boolean);
// What a person would not say out loud to recall a secret: endings of verbs and diminutives that are easily mistaken.
const inflected = /(tje|jes|den|ten|ste|end|ende|de|te)$/;

const plain = (word) => /^[a-z]{4,7}$/.test(word);
const harmless = (word) => !never.some((part) => word.includes(part));
const wanted = new Set(dictionary.filter((word) => plain(word) && harmless(word)));

const uses = new Map();
for (const word of new Set(all)) {
  if (!/^[a-z-]+$/.test(word)) continue;
  for (let length = 4; length <= 7 && length < word.length - 2; ++length) {
    for (const part of [word.slice(0, length), word.slice(-length)]) {
      if (wanted.has(part)) uses.set(part, (uses.get(part) ?? 0) + 1);
    }
  }
}
const worth = (word) => (uses.get(word) ?? 0) / (inflected.test(word) ? 8 : 1) + 1 / word.length;

const best = new Map();
for (const word of [...wanted].sort()) {
  const start = word.slice(0, 4);
  if (!best.has(start) || worth(word) > worth(best.get(start))) best.set(start, word);
}
const chosen = [...best.values()].sort((a, b) => worth(b) - worth(a) || (a < b ? -1 : 1)).slice(0, size);
if (chosen.length !== size) throw new Error(`only ${chosen.length} words`);
console.log(chosen.sort().join("\n"));
