--[[ TeX that pandoc translates wrongly for Typst, rewritten into TeX that it translates rightly:
`\!` becomes a whole em backwards and `\;` no space at all (texmath #295); `\middle|` and `\tag` lose their meaning;
bars around a value get the wide space of a relation, so they become a pair of fences. ]]

if not FORMAT:match("typst") then return {} end

local SPACES = { ["!"] = "", [";"] = "\\ ", [","] = "\\, ", [":"] = "\\: " }

local function rewrite(tex)
  tex = tex:gsub("\\\\", "\0"):gsub("\\([!;])", SPACES):gsub("\0", "\\\\")
  return (tex:gsub("\\middle%s*", ""):gsub("\\[bB]igg?[lrm]?%f[^%a]%s*", ""):gsub("\\mkern%-?%d+mu", ""))
end

local function balanced(tex)
  for open, close in pairs { ["("] = ")", ["["] = "]", ["{"] = "}" } do
    local depth = 0
    for sign in tex:gmatch("[%" .. open .. "%" .. close .. "]") do
      depth = depth + (sign == open and 1 or -1)
      if depth < 0 then return false end
    end
    if depth ~= 0 then return false end
  end
  return tex:match("%S") ~= nil
end

-- Where a bar (`|` or `\|`) stands on its own, not after `\left` and the like.
local function bars(tex, bar)
  local places, at = {}, 1
  while at <= #tex do
    local word = tex:match("^\\%a+%s*", at) or tex:match("^\\.", at) or tex:sub(at, at)
    if word == bar then table.insert(places, at) end
    at = at + #word
    if word:match("^\\left%s*$") or word:match("^\\right%s*$") then at = at + #(tex:match("^\\%a+", at) or tex:match("^\\?.", at)) end
  end
  return places
end

local function fences(tex, bar)
  local places, out, last = bars(tex, bar), {}, 1
  if #places % 2 == 1 then return tex end
  for i = 1, #places, 2 do
    local inner = tex:sub(places[i] + #bar, places[i + 1] - 1)
    if not balanced(inner) then return tex end
    table.insert(out, tex:sub(last, places[i] - 1) .. "\\left" .. bar .. " " .. inner .. "\\right" .. bar .. " ")
    last = places[i + 1] + #bar
  end
  return table.concat(out) .. tex:sub(last)
end

return { { Math = function(math)
  math.text = fences(fences(rewrite(math.text), "|"), "\\|")
  return math
end } }
