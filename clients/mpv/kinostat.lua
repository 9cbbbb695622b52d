-- Kinostat client for mpv (0.35 or newer; Lua 5.1, 5.2 or LuaJIT; needs curl).
-- Reports what was watched, and which subtitle lines were seen, to a Kinostat server.
--
-- Sections: options, clock, text counting, media facts, spool, delivery, session, commands.
-- Everything sent first lies in the spool, a file of JSON lines, and leaves it only when the server has
-- answered that it is on disk. The server recognises what it has already seen, so sending again is harmless.

local mp = require 'mp'
local msg = require 'mp.msg'
local utils = require 'mp.utils'

local VERSION = '0.1.0'
local MAX_BATCH_ITEMS = 500 -- the server's bound
local MAX_BATCH_BYTES = 64 * 1024 -- far under the server's 1 MB, and under the line limit of old curl configs
local MAX_PAYLOAD_BYTES = 240 -- the server replaces payloads over 256 bytes
local MAX_KEY_BYTES = 900
local MAX_TITLE_BYTES = 500
local MAX_BACKOFF_SEC = 60
local POISON_TRIES = 3 -- answers that will not change: give one item up after this many
local BROKEN_TRIES = 20 -- answers that may be the server's own fault: be more patient
local PAUSED_SAMPLE_SEC = 60
local HEARTBEAT_SEC = 60
local STALE_SPOOL_SEC = 300

local IS_WINDOWS = package.config:sub(1, 1) == '\\'

---------------------------------------------------------------------------------------------------
-- Options (kinostat.conf in script-opts/, or --script-opts=kinostat-<name>=<value>)
---------------------------------------------------------------------------------------------------

local opts = {
  enabled = true,
  server = 'http://127.0.0.1:4114',
  token = '',
  sample_interval = 5,
  flush_interval = 5,
  target_language = '',
  native_language = '',
  locale = '',
  report_path = true,
  report_title = true,
  report_text = true,
  count_hidden = false,
  min_seek_ms = 200,
  spool_path = '',
  spool_max_bytes = 4 * 1024 * 1024,
  connect_timeout = 2,
  request_timeout = 10,
  shutdown_timeout = 1.5,
  curl = 'curl',
}
require('mp.options').read_options(opts, 'kinostat')

-- mpv gives scripts about two seconds at exit and then ends their child processes.
local function bounded(value, lowest, highest)
  return math.max(lowest, math.min(highest, value))
end
opts.sample_interval = bounded(opts.sample_interval, 0.5, 300)
opts.flush_interval = bounded(opts.flush_interval, 0.5, 300)
opts.connect_timeout = bounded(opts.connect_timeout, 0.2, 30)
opts.request_timeout = bounded(opts.request_timeout, 1, 60)
opts.shutdown_timeout = bounded(opts.shutdown_timeout, 0, 1.8)
opts.spool_max_bytes = bounded(opts.spool_max_bytes, 64 * 1024, 1024 * 1024 * 1024)

local function endpoint()
  local url = opts.server:gsub('/+$', '')
  if url:match('/graphql$') then return url end
  return url .. '/graphql'
end

---------------------------------------------------------------------------------------------------
-- Clock
---------------------------------------------------------------------------------------------------

-- Lua knows the date only to the second. mpv's monotonic clock is finer but has no date. The estimate below
-- is kept inside the second that os.time() states, so it settles to a few ms at the first change of second,
-- and follows a suspended machine or a corrected system clock.
local epoch_offset = os.time() - mp.get_time()
local clock_is_settled = false
local on_clock_settled -- set by the session section

local function now_epoch_ms()
  local monotonic, second = mp.get_time(), os.time()
  local estimate = monotonic + epoch_offset
  if estimate < second then
    epoch_offset = second - monotonic
  elseif estimate >= second + 1 then
    epoch_offset = second + 0.999 - monotonic
  end
  return math.floor((monotonic + epoch_offset) * 1000)
end

local function epoch_ms_of(monotonic)
  return now_epoch_ms() - math.floor((mp.get_time() - monotonic) * 1000)
end

do
  local started = mp.get_time()
  local timer
  timer = mp.add_periodic_timer(0.02, function()
    now_epoch_ms()
    if mp.get_time() - started < 1.1 then return end
    timer:kill()
    clock_is_settled = true
    if on_clock_settled then on_clock_settled() end
  end)
end

---------------------------------------------------------------------------------------------------
-- Text: UTF-8, words and tokens
---------------------------------------------------------------------------------------------------

-- Calls visit(codepoint, first_byte_index, last_byte_index). Bytes that are not UTF-8 are visited as U+FFFD.
local function each_codepoint(text, visit)
  local i, n = 1, #text
  while i <= n do
    local lead = text:byte(i)
    local size, code, lowest = 1, 0xFFFD, 0
    if lead < 0x80 then
      code = lead
    elseif lead >= 0xC2 and lead < 0xE0 then
      size, code, lowest = 2, lead - 0xC0, 0x80
    elseif lead >= 0xE0 and lead < 0xF0 then
      size, code, lowest = 3, lead - 0xE0, 0x800
    elseif lead >= 0xF0 and lead < 0xF5 then
      size, code, lowest = 4, lead - 0xF0, 0x10000
    end
    for k = 1, size - 1 do
      local byte = text:byte(i + k)
      if not byte or byte < 0x80 or byte > 0xBF then
        size, code = 1, 0xFFFD
        break
      end
      code = code * 64 + (byte - 0x80)
    end
    if size > 1 and (code < lowest or code > 0x10FFFF or (code >= 0xD800 and code <= 0xDFFF)) then
      size, code = 1, 0xFFFD
    end
    visit(code, i, i + size - 1)
    i = i + size
  end
end

-- File names need not be UTF-8, JSON must be.
local function to_utf8(text)
  local parts = {}
  each_codepoint(text, function(code, first, last)
    if code == 0xFFFD then
      parts[#parts + 1] = '\239\191\189'
    else
      parts[#parts + 1] = text:sub(first, last)
    end
  end)
  return table.concat(parts)
end

-- First match wins; what no row names is a letter or digit of a space-delimited script.
local CLASSES = {
  { 0x09, 0x0D, 'space' }, { 0x20, 0x20, 'space' }, { 0x85, 0x85, 'space' }, { 0xA0, 0xA0, 'space' },
  { 0x1680, 0x1680, 'space' }, { 0x2000, 0x200A, 'space' }, { 0x2028, 0x2029, 'space' },
  { 0x202F, 0x202F, 'space' }, { 0x205F, 0x205F, 'space' }, { 0x3000, 0x3000, 'space' },
  -- invisible format characters: neither counted nor a boundary
  { 0x00, 0x1F, 'skip' }, { 0x7F, 0x9F, 'skip' }, { 0xAD, 0xAD, 'skip' }, { 0x200B, 0x200F, 'skip' },
  { 0x202A, 0x202E, 'skip' }, { 0x2060, 0x206F, 'skip' }, { 0xFE00, 0xFE0F, 'skip' },
  { 0xFEFF, 0xFEFF, 'skip' }, { 0xE0000, 0xE0FFF, 'skip' },
  -- combining marks stay with the run they follow
  { 0x300, 0x36F, 'mark' }, { 0x3099, 0x309A, 'mark' },
  { 0x3005, 0x3007, 'han' }, { 0x303B, 0x303B, 'han' }, { 0x2E80, 0x2FDF, 'han' }, { 0x3400, 0x4DBF, 'han' },
  { 0x4E00, 0x9FFF, 'han' }, { 0xF900, 0xFAFF, 'han' }, { 0x20000, 0x3FFFF, 'han' },
  { 0x3041, 0x3096, 'hiragana' }, { 0x309D, 0x309F, 'hiragana' },
  { 0x30A1, 0x30FA, 'katakana' }, { 0x30FC, 0x30FF, 'katakana' }, { 0x31F0, 0x31FF, 'katakana' },
  { 0xFF66, 0xFF9F, 'katakana' },
  -- punctuation and symbols
  { 0x21, 0x2F, 'punct' }, { 0x3A, 0x40, 'punct' }, { 0x5B, 0x60, 'punct' }, { 0x7B, 0x7E, 'punct' },
  { 0xAA, 0xAA, 'word' }, { 0xB2, 0xB3, 'word' }, { 0xB5, 0xB5, 'word' }, { 0xB9, 0xBA, 'word' },
  { 0xBC, 0xBE, 'word' }, { 0xA1, 0xBF, 'punct' }, { 0xD7, 0xD7, 'punct' }, { 0xF7, 0xF7, 'punct' },
  { 0x37E, 0x37E, 'punct' }, { 0x387, 0x387, 'punct' }, { 0x589, 0x58A, 'punct' }, { 0x5BE, 0x5BE, 'punct' },
  { 0x60C, 0x60D, 'punct' }, { 0x61B, 0x61B, 'punct' }, { 0x61E, 0x61F, 'punct' },
  { 0x66A, 0x66D, 'punct' }, { 0x6D4, 0x6D4, 'punct' }, { 0x964, 0x965, 'punct' },
  { 0x2010, 0x205E, 'punct' }, { 0x20A0, 0x20CF, 'punct' }, { 0x2190, 0x2BFF, 'punct' },
  { 0x2E00, 0x2E7F, 'punct' }, { 0x3001, 0x303F, 'punct' }, { 0x30A0, 0x30A0, 'punct' },
  { 0x30FB, 0x30FB, 'punct' }, { 0xE000, 0xF8FF, 'punct' }, { 0xFE10, 0xFE1F, 'punct' },
  { 0xFE30, 0xFE6F, 'punct' }, { 0xFF01, 0xFF0F, 'punct' }, { 0xFF1A, 0xFF20, 'punct' },
  { 0xFF3B, 0xFF40, 'punct' }, { 0xFF5B, 0xFF65, 'punct' }, { 0xFFE0, 0xFFFF, 'punct' },
  { 0x1F000, 0x1FAFF, 'punct' },
}

local class_of = {} -- remembered per codepoint: a film uses a few thousand different ones

local function classify(code)
  local class = class_of[code]
  if class then return class end
  class = 'word'
  for _, row in ipairs(CLASSES) do
    if code >= row[1] and code <= row[2] then
      class = row[3]
      break
    end
  end
  class_of[code] = class
  return class
end

-- words: maximal runs of one class (kanji, hiragana, katakana, or anything else that is a letter or digit).
--   An apostrophe between two letters stays inside a word; a long-vowel mark stays in a hiragana run.
-- tokens: codepoints that are neither space, punctuation, symbol nor invisible.
local function count_text(text)
  local words, tokens, run, after_apostrophe = 0, 0, nil, false
  each_codepoint(text, function(code)
    local class = classify(code)
    if class == 'skip' then return end
    if class == 'space' or class == 'punct' then
      local apostrophe = code == 0x27 or code == 0x2019
      if apostrophe and run == 'word' and not after_apostrophe then
        after_apostrophe = true
      else
        run, after_apostrophe = nil, false
      end
      return
    end
    tokens = tokens + 1
    if class == 'mark' then class = run or 'word' end
    if code == 0x30FC and run == 'hiragana' then class = 'hiragana' end
    if class ~= run then words = words + 1 end
    run, after_apostrophe = class, false
  end)
  return words, tokens
end

local function json_of(value)
  return (utils.format_json(value))
end

-- A payload has to fit the server's cap; the words are already counted, so only the quotation is cut.
local function line_payload(text, words)
  if not opts.report_text then return { words = words } end
  local payload = { text = text, words = words }
  if #json_of(payload) <= MAX_PAYLOAD_BYTES then return payload end
  local ends = {}
  each_codepoint(text, function(_, _, last) ends[#ends + 1] = last end)
  payload.cut = true
  local low, high = 0, #ends
  while low < high do
    local middle = math.ceil((low + high) / 2)
    payload.text = text:sub(1, ends[middle])
    if #json_of(payload) <= MAX_PAYLOAD_BYTES then low = middle else high = middle - 1 end
  end
  payload.text = text:sub(1, ends[low] or 0)
  return payload
end

---------------------------------------------------------------------------------------------------
-- Media facts
---------------------------------------------------------------------------------------------------

-- A short name for something that must not be sent itself. It hides, it does not protect: who guesses the
-- path can compute the same digest. 64 bits from two polynomial hashes, exact in doubles.
local function digest(text)
  local a, b = 5381, 52711
  for i = 1, #text do
    local byte = text:byte(i)
    a = (a * 257 + byte) % 4294967291
    b = (b * 263 + byte) % 4294967279
  end
  return ('%08x%08x'):format(a, b)
end

local SECRET_PARAMETERS = {
  token = true, access_token = true, auth = true, key = true, api_key = true, apikey = true, sig = true,
  signature = true, password = true, pass = true, expires = true, policy = true, hdnts = true,
}

-- Credentials and signatures do not belong in statistics, and would make one video look like many.
local function clean_url(url)
  url = url:gsub('#.*$', ''):gsub('^(%a[%w+.-]*://)[^/?@]*@', '%1')
  local base, query = url:match('^([^?]*)%?(.*)$')
  if not base then return url end
  local kept = {}
  for pair in query:gmatch('[^&]+') do
    local name = (pair:match('^[^=]*') or ''):lower()
    if not SECRET_PARAMETERS[name] and not name:match('^x%-amz%-') then kept[#kept + 1] = pair end
  end
  if #kept == 0 then return base end
  return base .. '?' .. table.concat(kept, '&')
end

local function absolute_path(path)
  if not path:match('^[/\\]') and not path:match('^%a:[/\\]') then
    path = utils.join_path(mp.get_property('working-directory') or '', path)
  end
  local separator = IS_WINDOWS and '\\' or '/'
  if IS_WINDOWS then path = path:gsub('/', '\\') end
  local root, rest = path:match('^(%a:\\)(.*)$')
  if not root then root, rest = path:match('^([/\\]+)(.*)$') end
  if not root then return path end
  local parts = {}
  for part in rest:gmatch('[^' .. (IS_WINDOWS and '\\' or '/') .. ']+') do
    if part == '..' then
      parts[#parts] = nil
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
  end
  return root .. table.concat(parts, separator)
end

local function bounded_key(key)
  if #key <= MAX_KEY_BYTES then return key end
  return to_utf8(key:sub(1, MAX_KEY_BYTES)) .. '#' .. digest(key)
end

local function unescaped(text)
  return (text:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function identify(path)
  local file_url = path:match('^file://[^/]*(/.*)$')
  if file_url then path = unescaped(file_url) end
  if path:match('^%a[%w+.-]*://') then
    local url = to_utf8(clean_url(path))
    if not opts.report_path then return { videoKey = 'remote:#' .. digest(url), sourceType = 'REMOTE' } end
    return { videoKey = bounded_key('remote:' .. url), sourceType = 'REMOTE', sourceUrl = url }
  end
  local full = to_utf8(absolute_path(path))
  if not opts.report_path then return { videoKey = 'local:#' .. digest(full), sourceType = 'LOCAL' } end
  return { videoKey = bounded_key('local:' .. full), sourceType = 'LOCAL', sourcePath = full }
end

local SHORT_LANGUAGE = {
  ara = 'ar', chi = 'zh', zho = 'zh', ces = 'cs', cze = 'cs', dan = 'da', deu = 'de', ger = 'de', dut = 'nl',
  nld = 'nl', ell = 'el', gre = 'el', eng = 'en', fin = 'fi', fra = 'fr', fre = 'fr', heb = 'he', hin = 'hi',
  hun = 'hu', ind = 'id', ita = 'it', jpn = 'ja', jp = 'ja', kor = 'ko', nor = 'no', pol = 'pl', por = 'pt',
  ron = 'ro', rum = 'ro', rus = 'ru', spa = 'es', swe = 'sv', tha = 'th', tur = 'tr', ukr = 'uk', vie = 'vi',
}

-- A BCP-47 tag as far as a table of names allows; nil when there is nothing usable.
local function language_tag(text)
  if not text then return nil end
  local tag = text:gsub('[.@].*$', ''):gsub('_', '-')
  local primary, rest = tag:match('^(%a%a%a?)(.*)$')
  if not primary or (rest ~= '' and not rest:match('^%-[%w-]+$')) then return nil end
  primary = primary:lower()
  if primary == 'und' then return nil end
  return (SHORT_LANGUAGE[primary] or primary) .. rest
end

local function same_language(a, b)
  if not a or not b then return false end
  return a:match('^%a+'):lower() == b:match('^%a+'):lower()
end

local function find_track(kind, selection)
  for _, track in ipairs(mp.get_property_native('track-list') or {}) do
    if track.type == kind and track.selected then
      -- main-selection is 1 for the secondary subtitle
      if selection == nil or (track['main-selection'] or 0) == selection then return track end
    end
  end
  return nil
end

local function track_language(track)
  if not track then return nil end
  local from_file = (track['external-filename'] or ''):match('%.(%a%a%a?[%w_-]*)%.%w+$')
  return language_tag(track.lang) or language_tag(from_file)
end

local function option_or_nil(text)
  if text == '' then return nil end
  return text
end

local function describe_languages()
  local primary, secondary = find_track('sub', 0), find_track('sub', 1)
  local primary_language = track_language(primary)
  local target = language_tag(option_or_nil(opts.target_language))
  local native = language_tag(option_or_nil(opts.native_language))
  local visible = opts.count_hidden or mp.get_property_bool('sub-visibility', true)

  local mode = 'OFF'
  if primary and secondary and visible then
    mode = 'DUAL'
  elseif primary and visible then
    mode = 'TARGET'
    if same_language(primary_language, native) then mode = 'NATIVE' end
    if target and primary_language and not same_language(primary_language, target) then mode = 'NATIVE' end
  end
  if not target and mode ~= 'NATIVE' and not same_language(primary_language, native) then
    target = primary_language
  end

  local locale = language_tag(option_or_nil(opts.locale))
    or language_tag(os.getenv('LC_ALL'))
    or language_tag(os.getenv('LC_MESSAGES'))
    or language_tag(os.getenv('LANG'))
  return target, locale, mode
end

local function positive(value)
  if value and value > 0 and value < 9007199254740992 then return value end
  return nil
end

local function describe_video(path)
  local video = identify(path)
  local picture, sound = find_track('video'), find_track('audio')
  local title = mp.get_property('media-title')
  if not opts.report_title or not title or title == '' then title = 'video ' .. digest(video.videoKey) end
  if title:match('^%a[%w+.-]*://') then
    title = clean_url(title)
  elseif video.sourceType == 'REMOTE' and title == mp.get_property('filename') then
    -- without a title mpv shows the end of the address, with its query
    title = unescaped(clean_url(path):gsub('%?.*$', ''):gsub('/+$', ''):match('[^/]*$'))
  end
  video.title = to_utf8(title:sub(1, MAX_TITLE_BYTES))
  local duration = positive(mp.get_property_number('duration'))
  if duration then video.durationMs = math.floor(duration * 1000 + 0.5) end
  if picture and not picture.albumart and not picture.image then
    video.widthPx = positive(mp.get_property_number('video-params/w') or picture['demux-w'])
    video.heightPx = positive(mp.get_property_number('video-params/h') or picture['demux-h'])
    video.codec = picture.codec
    video.fps = positive(mp.get_property_number('container-fps') or picture['demux-fps'])
  end
  if sound then video.audioCodec = sound.codec end
  video.container = option_or_nil(mp.get_property('file-format') or '')
  if video.sourceType == 'LOCAL' then video.fileSizeBytes = positive(mp.get_property_number('file-size')) end
  return video
end

---------------------------------------------------------------------------------------------------
-- Identity
---------------------------------------------------------------------------------------------------

do
  local device = io.open('/dev/urandom', 'rb')
  local bytes = device and device:read(4)
  if device then device:close() end
  local seed = os.time() * 1000 + utils.getpid() * 7919 + math.floor(mp.get_time() * 1000)
  if bytes and #bytes == 4 then
    local a, b, c, d = bytes:byte(1, 4)
    seed = seed + ((a * 256 + b) * 256 + c) * 256 + d
  end
  math.randomseed(seed % 2147483647)
  for _ = 1, 16 do math.random() end
end

local function random_bytes(count)
  local device = io.open('/dev/urandom', 'rb')
  local bytes = device and device:read(count)
  if device then device:close() end
  if bytes and #bytes == count then return { bytes:byte(1, count) } end
  local made = {}
  for i = 1, count do made[i] = math.random(0, 255) end
  return made
end

local function new_uuid()
  local b = random_bytes(16)
  b[7] = b[7] % 16 + 64
  b[9] = b[9] % 64 + 128
  return ('%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x'):format(
    b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15], b[16]
  )
end

---------------------------------------------------------------------------------------------------
-- Spool: what the server has not confirmed yet, in memory and in a file of JSON lines
---------------------------------------------------------------------------------------------------

-- Each mpv writes its own file, <spool_path>.live-<pid>-<random>. Leaving mpv renames a file that still holds
-- something to <spool_path>.left-<random>. The next mpv takes over every left file and the live files of
-- processes that are gone. Two that take the same file only send the same things twice, which is harmless.
local spool = {
  records = {}, -- { kind, session, json }, oldest first; kind is start, telemetry, event or end
  bytes = 0,
  file_bytes = 0,
  path = nil,
  prefix = nil,
  handle = nil,
  written_at = 0,
  warned = false,
  lost = { telemetry = 0, event = 0, start = 0, ['end'] = 0 },
  lost_total = 0,
}

local function spool_line(record)
  return '{"kind":"' .. record.kind .. '","session":"' .. record.session .. '","data":' .. record.json .. '}\n'
end

local function record_bytes(record)
  return #record.json + #record.kind + #record.session + 35
end

local function warn_spool(reason)
  if spool.warned then return end
  spool.warned = true
  msg.warn('spool file not usable, keeping unsent data in memory only: ' .. tostring(reason))
end

local function default_spool_path()
  local base = os.getenv('XDG_STATE_HOME')
  if IS_WINDOWS then
    base = os.getenv('LOCALAPPDATA')
  elseif not base or base == '' then
    local home = os.getenv('HOME')
    base = home and home ~= '' and home .. '/.local/state' or nil
  end
  if not base or base == '' then return nil end
  return utils.join_path(utils.join_path(base, 'kinostat'), 'mpv-spool.jsonl')
end

local function open_for_append()
  if spool.handle or not spool.path then return spool.handle end
  local handle, reason = io.open(spool.path, 'ab')
  if not handle then warn_spool(reason) end
  spool.handle = handle
  return handle
end

local function append_to_file(text)
  local handle = open_for_append()
  if not handle then return end
  local written, reason = handle:write(text)
  if written then written, reason = handle:flush() end
  if not written then
    warn_spool(reason)
    return
  end
  spool.file_bytes = spool.file_bytes + #text
  spool.written_at = mp.get_time()
end

local function replace_file(from, to)
  if IS_WINDOWS then os.remove(to) end -- rename does not replace there; a crash between the two loses the spool
  return os.rename(from, to)
end

-- Writes the file anew from memory: after deliveries and after dropping.
local function rewrite_file()
  if not spool.path then return end
  if spool.handle then
    spool.handle:close()
    spool.handle = nil
  end
  if #spool.records == 0 then
    os.remove(spool.path)
    spool.file_bytes = 0
    return
  end
  local temporary = spool.path .. '.new'
  local handle, reason = io.open(temporary, 'wb')
  if not handle then
    warn_spool(reason)
    return
  end
  local lines = {}
  for i, record in ipairs(spool.records) do lines[i] = spool_line(record) end
  local text = table.concat(lines)
  local written
  written, reason = handle:write(text)
  handle:close()
  if not written then
    os.remove(temporary)
    warn_spool(reason)
    return
  end
  replace_file(temporary, spool.path)
  spool.file_bytes = #text
  spool.written_at = mp.get_time()
end

-- Keeps the records for which keep() is true and returns how many of each kind went.
local function keep_records(keep)
  local kept, gone = {}, { telemetry = 0, event = 0, start = 0, ['end'] = 0 }
  local bytes = 0
  for _, record in ipairs(spool.records) do
    if keep(record) then
      kept[#kept + 1] = record
      bytes = bytes + record_bytes(record)
    else
      gone[record.kind] = gone[record.kind] + 1
    end
  end
  spool.records, spool.bytes = kept, bytes
  return gone
end

-- Brings the spool to three quarters of its bound. First goes telemetry that a later sample of the same session
-- repeats (its totals stay, the course between is coarser), then events, then whole sessions; oldest first.
local function shrink_spool()
  local goal = opts.spool_max_bytes * 0.75
  local last_sample, total = {}, { telemetry = 0, event = 0, start = 0, ['end'] = 0 }
  for _, record in ipairs(spool.records) do
    if record.kind == 'telemetry' then last_sample[record.session] = record end
  end
  local function drop(may_go)
    local bytes = spool.bytes
    local gone = keep_records(function(record)
      if bytes <= goal or not may_go(record) then return true end
      bytes = bytes - record_bytes(record)
      return false
    end)
    for kind, count in pairs(gone) do total[kind] = total[kind] + count end
  end
  drop(function(record) return record.kind == 'telemetry' and last_sample[record.session] ~= record end)
  if spool.bytes > goal then drop(function(record) return record.kind == 'event' end) end
  if spool.bytes > goal then drop(function() return true end) end
  local sum = 0
  for kind, count in pairs(total) do
    spool.lost[kind] = spool.lost[kind] + count
    sum = sum + count
  end
  spool.lost_total = spool.lost_total + sum
  msg.warn(('spool over %d bytes: dropped %d samples, %d events, %d session starts, %d session ends'):format(
    opts.spool_max_bytes, total.telemetry, total.event, total.start, total['end']
  ))
  rewrite_file()
end

local function spool_push(kind, session, data)
  local record = { kind = kind, session = session, json = json_of(data) }
  spool.records[#spool.records + 1] = record
  spool.bytes = spool.bytes + record_bytes(record)
  append_to_file(spool_line(record))
  if spool.bytes > opts.spool_max_bytes then shrink_spool() end
end

-- Delivered or refused for good. The file is rewritten only when it is mostly dead, so that draining a long
-- spool does not write it once per batch. A crash before that sends a few things again.
local function spool_remove(batch)
  local dead = {}
  for _, record in ipairs(batch) do dead[record] = true end
  keep_records(function(record) return not dead[record] end)
  if #spool.records == 0 or spool.file_bytes > 2 * spool.bytes + 16384 then rewrite_file() end
end

local KINDS = { start = true, telemetry = true, event = true, ['end'] = true }

local function read_spool(path)
  local handle = io.open(path, 'rb')
  if not handle then return {} end
  local found, damaged = {}, 0
  for line in handle:lines() do
    local kind, session, json = line:match('^{"kind":"(%l+)","session":"([%x-]+)","data":(.*)}%s*$')
    if kind and KINDS[kind] and type(utils.parse_json(json)) == 'table' then
      found[#found + 1] = { kind = kind, session = session, json = json }
    elseif line:match('%S') then
      damaged = damaged + 1
    end
  end
  handle:close()
  if damaged > 0 then msg.warn(('%d damaged lines in an old spool file skipped'):format(damaged)) end
  return found
end

local function is_process_gone(pid)
  if not utils.file_info('/proc/self') then return false end
  local handle = io.open('/proc/' .. pid .. '/cmdline', 'rb')
  if not handle then return true end
  local command = handle:read(1)
  handle:close()
  return command == nil -- a zombie has no command line
end

local function is_abandoned(directory, name, base)
  if name:sub(1, #base) ~= base then return false end
  local rest = name:sub(#base + 1)
  if rest:match('^%.left%-%x+$') then return true end
  local pid = rest:match('^%.live%-(%d+)%-%x+$') or rest:match('^%.taken%-(%d+)%-%x+$')
  if not pid then return false end
  if is_process_gone(pid) then return true end
  local info = utils.file_info(utils.join_path(directory, name))
  -- os.time may be ahead of a network file system's clock by seconds, not by minutes
  return info ~= nil and os.time() - info.mtime > STALE_SPOOL_SEC
end

local function random_name()
  local b = random_bytes(4)
  return ('%02x%02x%02x%02x'):format(b[1], b[2], b[3], b[4])
end

local function open_spool()
  local configured = opts.spool_path ~= '' and mp.command_native({ 'expand-path', opts.spool_path })
  spool.prefix = configured or default_spool_path()
  if not spool.prefix then
    warn_spool('no home directory')
    return
  end
  local directory, base = utils.split_path(spool.prefix)
  if not utils.file_info(directory) then
    -- Once, before any file is loaded.
    local make = IS_WINDOWS and { 'cmd', '/c', 'mkdir', directory } or { 'mkdir', '-p', '-m', '700', directory }
    mp.command_native({ name = 'subprocess', args = make, playback_only = false, capture_stderr = true })
  end
  spool.path = ('%s.live-%d-%s'):format(spool.prefix, utils.getpid(), random_name())

  local adopted = {}
  local names = utils.readdir(directory, 'files') or {}
  table.sort(names)
  for _, name in ipairs(names) do
    if is_abandoned(directory, name, base) then
      local taken = ('%s.taken-%d-%s'):format(spool.prefix, utils.getpid(), random_name())
      if os.rename(utils.join_path(directory, name), taken) then
        for _, record in ipairs(read_spool(taken)) do
          spool.records[#spool.records + 1] = record
          spool.bytes = spool.bytes + record_bytes(record)
        end
        adopted[#adopted + 1] = taken
      end
    end
  end
  if #adopted == 0 then return end
  rewrite_file()
  if not spool.warned then
    for _, path in ipairs(adopted) do os.remove(path) end
  end
  msg.info(('%d unsent items found from before'):format(#spool.records))
  if spool.bytes > opts.spool_max_bytes then shrink_spool() end
end

-- At exit: an empty spool leaves no file, a full one waits under a name that says its owner is gone.
local function close_spool()
  rewrite_file()
  if #spool.records > 0 and spool.path then
    os.rename(spool.path, ('%s.left-%s'):format(spool.prefix, random_name()))
  end
end

---------------------------------------------------------------------------------------------------
-- Delivery
---------------------------------------------------------------------------------------------------

local MUTATION = 'mutation Ingest($input: IngestInput!) { ingest(input: $input) { accepted duplicates dropped '
  .. 'truncated rejected { index code message } queueDepth queueCap retryAfterMs } }'

local TRANSIENT = { QUEUE_FULL = true, RATE_LIMITED = true, UNAVAILABLE = true }
local POISON = { BAD_USER_INPUT = true, CONFLICT = true, NOT_FOUND = true, QUERY_TOO_COMPLEX = true }
local LOCKED_OUT = { UNAUTHENTICATED = true, FORBIDDEN = true }

local delivery = {
  in_flight = nil, -- handle of the asynchronous command
  next_at = 0, -- monotonic seconds before which nothing is sent
  failures = 0, -- in a row; sets the backoff
  item_limit = MAX_BATCH_ITEMS, -- shrinks to find one poisoned item, grows back after
  tries_of_one = 0,
  resends = 0, -- of one batch of which the receipt says that something was dropped
  delivered = 0,
  last_error = nil,
  last_ok_at = nil,
  logged = nil,
}

local function next_batch()
  local batch, bytes = {}, 0
  for _, record in ipairs(spool.records) do
    if #batch >= delivery.item_limit then break end
    -- quotes and backslashes grow by one when they pass through curl's configuration; a third is plenty
    if #batch > 0 and bytes + #record.json * 1.34 > MAX_BATCH_BYTES then break end
    batch[#batch + 1] = record
    bytes = bytes + #record.json * 1.34
  end
  return batch
end

local function request_body(batch)
  local starts, ends, order, samples, events = {}, {}, {}, {}, {}
  for _, record in ipairs(batch) do
    local id = record.session
    if record.kind == 'start' then
      starts[#starts + 1] = record.json
    elseif record.kind == 'end' then
      ends[#ends + 1] = record.json
    else
      if not samples[id] then
        samples[id], events[id] = {}, {}
        order[#order + 1] = id
      end
      local list = record.kind == 'telemetry' and samples[id] or events[id]
      list[#list + 1] = record.json
    end
  end
  local telemetry_inputs, event_inputs = {}, {}
  for _, id in ipairs(order) do
    if #samples[id] > 0 then
      telemetry_inputs[#telemetry_inputs + 1] =
        ('{"sessionUuid":"%s","samples":['):format(id) .. table.concat(samples[id], ',') .. ']}'
    end
    if #events[id] > 0 then
      event_inputs[#event_inputs + 1] =
        ('{"sessionUuid":"%s","events":['):format(id) .. table.concat(events[id], ',') .. ']}'
    end
  end
  local parts = {}
  local function add(name, list)
    if #list > 0 then parts[#parts + 1] = '"' .. name .. '":[' .. table.concat(list, ',') .. ']' end
  end
  add('starts', starts)
  add('telemetry', telemetry_inputs)
  add('events', event_inputs)
  add('ends', ends)
  parts[#parts + 1] = '"durability":"COMMITTED"'
  return '{"query":"' .. MUTATION .. '","variables":{"input":{' .. table.concat(parts, ',') .. '}}}'
end

local function curl_quoted(text)
  return '"' .. text:gsub('[\\"]', '\\%0'):gsub('[\r\n]', '') .. '"'
end

-- Everything goes to curl as a configuration on its stdin: a token among the arguments would be visible to
-- every user of the machine.
local function subprocess_for(batch, seconds)
  local lines = {
    'silent',
    'show-error',
    'url = ' .. curl_quoted(endpoint()),
    'request = "POST"',
    'header = "content-type: application/json"',
    'header = "accept: application/json"',
    'header = "x-graphql-yoga-csrf: kinostat-mpv"',
    'header = "expect:"',
    'user-agent = "kinostat-mpv/' .. VERSION .. '"',
    ('connect-timeout = %.3f'):format(math.min(opts.connect_timeout, seconds)),
    ('max-time = %.3f'):format(seconds),
    'noproxy = "127.0.0.1,localhost,::1"',
    'write-out = "\\n%{http_code}"',
    'data-binary = ' .. curl_quoted(request_body(batch)),
  }
  if opts.token ~= '' then lines[#lines + 1] = 'header = ' .. curl_quoted('authorization: Bearer ' .. opts.token) end
  local config = table.concat(lines, '\n') .. '\n'
  local command = {
    name = 'subprocess',
    args = { opts.curl, '-q', '-K', '-' },
    playback_only = false,
    capture_stdout = true,
    capture_stderr = true,
    stdin_data = config,
  }
  -- mpv on Windows does not feed a child's stdin.
  if IS_WINDOWS and spool.path then
    local path = spool.path .. '.request'
    local handle = io.open(path, 'wb')
    if handle then
      handle:write(config)
      handle:close()
      command.args[4] = path
      command.stdin_data = nil
    end
  end
  return command
end

local function log_once(text)
  delivery.last_error = text
  if delivery.logged == text then
    msg.verbose(text)
  else
    delivery.logged = text
    msg.warn(text)
  end
end

local function wait_and_retry(reason, seconds)
  delivery.failures = delivery.failures + 1
  local backoff = math.min(MAX_BACKOFF_SEC, 2 ^ math.min(delivery.failures, 10))
  backoff = backoff * (0.75 + math.random() * 0.5) -- many players should not come back in one moment
  if seconds then backoff = math.min(300, math.max(seconds, 0.1)) end
  delivery.next_at = mp.get_time() + backoff
  log_once(reason)
  msg.verbose(('%d items wait, next try in %.1f s'):format(#spool.records, backoff))
end

-- The batch cannot be accepted as it is: halve it until one item is alone, and give that one up.
local function narrow(batch, reason, tries, delay)
  if #batch > 1 then
    delivery.item_limit = math.max(1, math.floor(#batch / 2))
    delivery.next_at = mp.get_time() + (delay or 0)
    log_once(reason)
    return
  end
  delivery.tries_of_one = delivery.tries_of_one + 1
  if delivery.tries_of_one < tries then
    wait_and_retry(reason)
    return
  end
  delivery.tries_of_one = 0
  local record = batch[1]
  spool.lost[record.kind] = spool.lost[record.kind] + 1
  spool.lost_total = spool.lost_total + 1
  msg.error(('gave up one %s of session %s: %s'):format(record.kind, record.session, reason))
  spool_remove(batch)
end

local function accepted(batch, receipt)
  local first_rejection = receipt.rejected and receipt.rejected[1]
  local transient = false
  for _, rejection in ipairs(receipt.rejected or {}) do
    if TRANSIENT[rejection.code] then transient = true end
  end
  local retry_sec = receipt.retryAfterMs and receipt.retryAfterMs / 1000
  -- Overflow on the server may have hit this batch. Resending is harmless, and needed if it did.
  if (transient or (receipt.dropped or 0) > 0) and (transient or delivery.resends < 5) then
    delivery.resends = delivery.resends + 1
    wait_and_retry('the server is overloaded, sending again', retry_sec)
    return
  end
  delivery.resends, delivery.failures, delivery.tries_of_one = 0, 0, 0
  delivery.item_limit = math.min(MAX_BATCH_ITEMS, delivery.item_limit * 2)
  delivery.next_at = retry_sec and mp.get_time() + math.min(300, retry_sec) or 0
  local refused = #(receipt.rejected or {})
  delivery.delivered = delivery.delivered + #batch - refused
  delivery.last_ok_at, delivery.last_error, delivery.logged = mp.get_time(), nil, nil
  spool_remove(batch)
  if refused > 0 then
    spool.lost_total = spool.lost_total + refused
    msg.error(('the server refused %d of %d items, first: %s %s'):format(
      refused, #batch, tostring(first_rejection.code), tostring(first_rejection.message)
    ))
  end
  msg.verbose(('sent %d items: accepted %s, duplicates %s, dropped %s, rejected %d'):format(
    #batch, tostring(receipt.accepted), tostring(receipt.duplicates), tostring(receipt.dropped), refused
  ))
end

local function judge(batch, success, result)
  if IS_WINDOWS and spool.path then os.remove(spool.path .. '.request') end
  if not success or not result or result.status ~= 0 then
    local detail = result and result.stderr and result.stderr:match('[^\r\n]+')
    if result and result.error_string == 'init' then detail = 'cannot run ' .. opts.curl end
    return wait_and_retry('server not reached: ' .. (detail or 'no answer'))
  end
  local text, status = (result.stdout or ''):match('^(.*)\n(%d+)%s*$')
  status = tonumber(status) or 0
  local answer = text and utils.parse_json(text)
  local first = type(answer) == 'table' and type(answer.errors) == 'table' and answer.errors[1]
  if type(first) == 'table' then
    local extensions = type(first.extensions) == 'table' and first.extensions or {}
    local code = tostring(extensions.code)
    local reason = ('server answered %s: %s'):format(code, tostring(first.message))
    local retry_ms = tonumber(extensions.retryAfterMs)
    if TRANSIENT[code] then return wait_and_retry(reason, retry_ms and retry_ms / 1000) end
    if LOCKED_OUT[code] then return wait_and_retry(reason .. ' (check the token option)', MAX_BACKOFF_SEC) end
    if POISON[code] then return narrow(batch, reason, POISON_TRIES) end
    if code == 'INTERNAL_SERVER_ERROR' then return narrow(batch, reason, BROKEN_TRIES, 1) end
    return wait_and_retry(reason, MAX_BACKOFF_SEC)
  end
  if status == 413 then return narrow(batch, 'server answered 413: batch too large', POISON_TRIES) end
  if status == 401 or status == 403 then
    return wait_and_retry(('server answered %d (check the token option)'):format(status), MAX_BACKOFF_SEC)
  end
  local receipt = type(answer) == 'table' and type(answer.data) == 'table' and answer.data.ingest
  if status == 200 and type(receipt) == 'table' then return accepted(batch, receipt) end
  -- A wrong address, a proxy's page, a restarting server: nothing that speaks against the data.
  return wait_and_retry(('unexpected answer, HTTP %d from %s'):format(status, endpoint()))
end

local deliver -- forward: a finished request starts the next one while the spool is long

deliver = function()
  if delivery.in_flight or #spool.records == 0 or mp.get_time() < delivery.next_at then return end
  local batch = next_batch()
  delivery.in_flight = mp.command_native_async(
    subprocess_for(batch, opts.request_timeout),
    function(success, result)
      delivery.in_flight = nil
      if result and result.killed_by_us then return end
      judge(batch, success, result)
      if #spool.records >= delivery.item_limit or delivery.item_limit < MAX_BATCH_ITEMS then deliver() end
    end
  )
end

-- mpv is leaving. One request after the other, until all is delivered, one fails, or the time is over.
local function deliver_at_shutdown()
  if delivery.in_flight then
    mp.abort_async_command(delivery.in_flight) -- what it carried is still in the spool and is sent again
    delivery.in_flight = nil
  end
  local deadline = mp.get_time() + opts.shutdown_timeout
  while #spool.records > 0 do
    local left = deadline - mp.get_time()
    if left < 0.1 then break end
    local batch = next_batch()
    local result, reason = mp.command_native(subprocess_for(batch, left))
    judge(batch, result ~= nil, result or { error_string = reason })
    if delivery.last_error then break end
  end
  if #spool.records > 0 then msg.info(('%d items stay in the spool for the next start'):format(#spool.records)) end
end

---------------------------------------------------------------------------------------------------
-- Session: one per file played
---------------------------------------------------------------------------------------------------

local session = nil

local COUNTERS = {
  'linesSeen', 'wordsSeen', 'tokensSeen', 'pauseCount', 'seekForwardCount', 'seekBackwardCount',
  'mediaBufferEvents',
}

-- Adds the time since the last change to whatever it was spent on. Suspended machines do not count:
-- the monotonic clock stands still.
local function settle()
  local now = mp.get_time()
  local passed = now - session.settled_at
  session.settled_at = now
  session.total_sec = session.total_sec + passed
  if session.playing then session.active_sec = session.active_sec + passed end
  if session.paused then session.pause_sec = session.pause_sec + passed end
end

-- At load, and again at the first frame, when the decoder knows the picture. At the end it is too late: mpv has
-- forgotten the file by then.
local function note_facts()
  local target, locale, mode = describe_languages()
  session.facts = {
    sessionUuid = session.uuid,
    video = describe_video(session.path),
    targetLanguage = target,
    locale = locale,
    subtitleMode = mode,
  }
end

local function ensure_started()
  if session.announced then return end
  session.announced = true
  session.last_ms = epoch_ms_of(session.started_at)
  session.facts.startedAtMs = session.last_ms
  spool_push('start', session.uuid, session.facts)
  msg.verbose('session ' .. session.uuid .. ' started')
end

local function release_events()
  ensure_started()
  local pending = session.pending
  session.pending = {}
  for _, entry in ipairs(pending) do
    session.last_ms = math.max(session.last_ms, epoch_ms_of(entry.at))
    entry.event.tsMs = session.last_ms
    spool_push('event', session.uuid, entry.event)
  end
end

-- In the first second after mpv's start the date is not known well enough; events wait for it.
local function emit(kind, fields)
  local event = fields or {}
  event.type = kind
  event.clientSeq = session.next_seq
  session.next_seq = session.next_seq + 1
  session.pending[#session.pending + 1] = { event = event, at = mp.get_time() }
  if clock_is_settled then release_events() end
end

local function sample()
  release_events()
  settle()
  -- two samples of one session must differ in time, the server would take the second for a repetition
  local at = math.max(now_epoch_ms(), session.last_ms, session.last_sample_ms + 1)
  session.last_sample_ms, session.last_ms = at, at
  session.sampled_at = mp.get_time()
  local data = {
    sampleMs = at,
    totalWatchedMs = math.floor(session.total_sec * 1000),
    activeWatchedMs = math.floor(session.active_sec * 1000),
    pauseMs = math.floor(session.pause_sec * 1000),
  }
  for _, name in ipairs(COUNTERS) do data[name] = session[name] end
  spool_push('telemetry', session.uuid, data)
end

local function bump(name, by)
  session[name] = session[name] + (by or 1)
end

local function set_paused(paused)
  if paused == session.paused then return end
  settle()
  session.paused = paused
  if paused then bump('pauseCount') end
  emit(paused and 'PAUSE_START' or 'PAUSE_END')
end

local function split_rows(text)
  local rows = {}
  for row in (text .. '\n'):gmatch('([^\n]*)\n') do
    if row:match('%S') then rows[#rows + 1] = row end
  end
  return rows
end

-- Removes the rows of `part` from `rows`, when all of them are there. Returns whether it did.
local function take_rows(rows, part)
  local rest, open = {}, {}
  for _, row in ipairs(part) do open[row] = (open[row] or 0) + 1 end
  local missing = #part
  for _, row in ipairs(rows) do
    if open[row] and open[row] > 0 then
      open[row] = open[row] - 1
      missing = missing - 1
    else
      rest[#rest + 1] = row
    end
  end
  if missing > 0 then return rows, false end
  return rest, true
end

-- Decides which part of the shown text was not counted in this pass. mpv shows overlapping lines as one text
-- and tells only the earliest start, so lines that are already counted and still running are taken out first.
local function look_at_subtitle()
  if not session or not session.begun or session.seek_from then return end
  if not opts.count_hidden and not mp.get_property_bool('sub-visibility', true) then return end
  local text = mp.get_property('sub-text')
  local start_sec = mp.get_property_number('sub-start')
  local position_sec = mp.get_property_number('time-pos')
  if not text or not start_sec or not position_sec then return end
  local rows = split_rows(to_utf8(text))
  if #rows == 0 then return end

  -- subtitle time: what the file says, before sub-delay
  local delay_ms = math.floor((mp.get_property_number('sub-delay') or 0) * 1000 + 0.5)
  local start_ms = math.floor(start_sec * 1000 + 0.5)
  local end_sec = mp.get_property_number('sub-end')
  local end_ms = end_sec and math.floor(end_sec * 1000 + 0.5)
  local position_ms = math.floor(position_sec * 1000 + 0.5) - delay_ms

  local all_rows, joined = rows, table.concat(rows, '\n')
  local start_is_taken = false
  for _, line in ipairs(session.counted) do
    local running = line.start_ms <= position_ms + 50 and (not line.end_ms or position_ms < line.end_ms - 5)
    if line.text == joined and math.abs(line.start_ms - start_ms) <= 250 then
      rows = {}
    elseif running then
      local _, is_shown = take_rows(all_rows, line.rows)
      if is_shown then
        rows = take_rows(rows, line.rows)
        if math.abs(line.start_ms - start_ms) <= 50 then start_is_taken = true end
      else
        line.end_ms = position_ms -- it ended before the line it overlapped
      end
    end
  end
  if #rows == 0 then return end

  if start_is_taken then start_ms = position_ms end
  local line = { text = table.concat(rows, '\n'), rows = rows, start_ms = start_ms, end_ms = end_ms }
  session.counted[#session.counted + 1] = line
  local words, tokens = count_text(line.text)
  bump('linesSeen')
  bump('wordsSeen', words)
  bump('tokensSeen', tokens)
  emit('SUBTITLE_LINE', {
    lineIndex = session.linesSeen - 1,
    segmentStartMs = math.max(0, start_ms + delay_ms),
    segmentEndMs = end_ms and math.max(0, start_ms + delay_ms, end_ms + delay_ms) or nil,
    wordsDelta = words,
    payload = line_payload(line.text, words),
  })
end

-- A new pass begins where a seek back lands: lines that start there or later may count again.
local function forget_lines_from(position_ms)
  local delay_ms = math.floor((mp.get_property_number('sub-delay') or 0) * 1000 + 0.5)
  local kept = {}
  for _, line in ipairs(session.counted) do
    if line.start_ms + delay_ms < position_ms then kept[#kept + 1] = line end
  end
  session.counted = kept
end

local function finish_seek()
  local from_ms = math.floor(session.seek_from * 1000 + 0.5)
  session.seek_from = nil
  local position = mp.get_property_number('time-pos')
  if not position then return end
  session.position = position
  local to_ms = math.floor(position * 1000 + 0.5)
  if to_ms < from_ms then forget_lines_from(to_ms) end
  if math.abs(to_ms - from_ms) < opts.min_seek_ms then return end
  local forward = to_ms > from_ms
  bump(forward and 'seekForwardCount' or 'seekBackwardCount')
  emit(forward and 'SEEK_FORWARD' or 'SEEK_BACKWARD', { payload = { fromMs = from_ms, toMs = to_ms } })
end

local function begin_session()
  if not opts.enabled or session then return end
  local path = mp.get_property('path')
  if not path then return end
  session = {
    uuid = new_uuid(),
    path = path,
    started_at = mp.get_time(),
    announced = false,
    begun = false, -- the first frame was shown
    settled_at = mp.get_time(),
    sampled_at = mp.get_time(),
    total_sec = 0,
    active_sec = 0,
    pause_sec = 0,
    playing = not mp.get_property_bool('core-idle', true),
    paused = false,
    position = nil,
    seek_from = nil,
    counted = {},
    pending = {},
    next_seq = 1,
    last_ms = 0,
    last_sample_ms = 0,
  }
  for _, name in ipairs(COUNTERS) do session[name] = 0 end
  note_facts()
end

local function end_session()
  if not session then return end
  set_paused(false) -- closes an open pause, so that starts and ends pair up
  sample()
  spool_push('end', session.uuid, { sessionUuid = session.uuid, endedAtMs = session.last_ms })
  msg.verbose(('session %s ended: %d lines, %d words, %d tokens'):format(
    session.uuid, session.linesSeen, session.wordsSeen, session.tokensSeen
  ))
  session = nil
end

on_clock_settled = function()
  if session and session.begun then release_events() end
end

mp.register_event('file-loaded', begin_session)
mp.register_event('end-file', end_session)

mp.register_event('seek', function()
  -- Before the first frame a seek is only the start position. Seeks in quick succession count as one.
  if session and session.begun and not session.seek_from then session.seek_from = session.position or 0 end
end)

mp.register_event('playback-restart', function()
  if not session then return end
  if not session.begun then
    session.begun = true
    session.position = mp.get_property_number('time-pos')
    note_facts()
    if clock_is_settled then ensure_started() end
    if mp.get_property_bool('pause', false) then set_paused(true) end
  elseif session.seek_from then
    finish_seek()
  end
  look_at_subtitle()
end)

mp.observe_property('time-pos', 'number', function(_, position)
  -- During a seek mpv already answers with the target.
  if session and position and not session.seek_from then session.position = position end
end)

mp.observe_property('core-idle', 'bool', function(_, idle)
  if not session then return end
  settle()
  session.playing = idle == false
end)

mp.observe_property('pause', 'bool', function(_, paused)
  if session and session.begun then set_paused(paused == true) end
end)

mp.observe_property('paused-for-cache', 'bool', function(_, waiting)
  if not session or not waiting then return end
  bump('mediaBufferEvents')
  emit('MEDIA_BUFFER', { payload = { atMs = math.floor((session.position or 0) * 1000 + 0.5) } })
end)

-- The text does not change between two equal lines, the start does.
mp.observe_property('sub-text', 'string', look_at_subtitle)
mp.observe_property('sub-start', 'number', look_at_subtitle)

mp.add_periodic_timer(opts.sample_interval, function()
  if not session then return end
  -- A long pause changes nothing but two clocks; the server only needs to know that the session lives.
  if session.paused and mp.get_time() - session.sampled_at < PAUSED_SAMPLE_SEC then return end
  sample()
end)

mp.add_periodic_timer(opts.flush_interval, deliver)

mp.add_periodic_timer(HEARTBEAT_SEC, function()
  -- Tells other players, where process ids tell nothing, that this spool has an owner.
  if #spool.records > 0 and mp.get_time() - spool.written_at > HEARTBEAT_SEC then append_to_file('\n') end
end)

mp.register_event('shutdown', function()
  end_session()
  if opts.shutdown_timeout > 0 then deliver_at_shutdown() end
  close_spool()
end)

---------------------------------------------------------------------------------------------------
-- Commands
---------------------------------------------------------------------------------------------------

local function status_text()
  local lines = { 'Kinostat ' .. VERSION .. (opts.enabled and '' or ' (off)') }
  local contact = 'no answer yet'
  if delivery.last_error then
    contact = delivery.last_error
  elseif delivery.last_ok_at then
    contact = ('last answer %d s ago'):format(math.floor(mp.get_time() - delivery.last_ok_at))
  end
  lines[#lines + 1] = endpoint():gsub('^(%a[%w+.-]*://)[^/?@]*@', '%1') .. ': ' .. contact
  lines[#lines + 1] = ('delivered %d, waiting %d (%.1f KiB), lost %d'):format(
    delivery.delivered, #spool.records, spool.bytes / 1024, spool.lost_total
  )
  if session then
    settle()
    lines[#lines + 1] = ('this file: %d lines, %d words, %d characters, %d min active of %d'):format(
      session.linesSeen,
      session.wordsSeen,
      session.tokensSeen,
      math.floor(session.active_sec / 60),
      math.floor(session.total_sec / 60)
    )
  end
  return table.concat(lines, '\n')
end

local function show_status()
  local text = status_text()
  msg.info(text)
  mp.osd_message(text, 5)
end

local function toggle()
  opts.enabled = not opts.enabled
  if opts.enabled then
    begin_session()
    if session then
      session.begun = mp.get_property_number('time-pos') ~= nil
      session.position = mp.get_property_number('time-pos')
      if session.begun and mp.get_property_bool('pause', false) then set_paused(true) end
      look_at_subtitle()
    end
  else
    end_session()
  end
  mp.osd_message('Kinostat ' .. (opts.enabled and 'on' or 'off'), 3)
end

local function send_now()
  delivery.next_at = 0
  deliver()
end

for name, run in pairs({ status = show_status, toggle = toggle, flush = send_now }) do
  mp.register_script_message('kinostat-' .. name, run)
  mp.add_key_binding(nil, 'kinostat-' .. name, run)
end

open_spool()
deliver()
