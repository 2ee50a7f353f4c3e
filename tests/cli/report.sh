#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench report: the page needs nothing else, shows what the run holds, says
# what it does not, and works in a browser where there is one.
. tests/support/tap.sh
mkrun=$B/tests/tool/mkrun
export ZB_SEED=${ZB_SEED:-1}
echo "# ZB_SEED=$ZB_SEED"
evil='<script>alert(1)</script>"&'"'"'`'
"$mkrun" "$tmp/run" linux-2.4:repeat:0:1:100:-0.01:8 linux-2.4:repeat:0:2:120:-0.01:8 \
	linux-3.10:repeat:0:1:30:-0.01:8 linux-3.10:repeat:0:2:30:-0.01:8 \
	linux-2.4:bulk:9:1:900:-0.01:8 "linux-3.10:bulk:9:1:950:-0.01:8::n" \
	"$evil:repeat:0:1:100:-0.01:8" "$evil:repeat:0:2:100:-0.01:8" \
	"$evil:bulk:9:1:1000:-0.01:8" || exit 1
page=$tmp/run/report/report.html

run "$zb" report "$tmp/run"
[ $rc -eq 0 ] && [ -s "$page" ] && grep -qF "report: $page" "$tmp/out"
result $? "writes its page into the run and says where"
tr '\n' ' ' <"$page" | grep -oE '(src|href|action)="[^"]*"|url\([^)]*\)|@import[^;]*' >"$tmp/out"
! grep -qE '//|^url|^@import' "$tmp/out" && [ "$(grep -c '^src' "$tmp/out")" -eq 0 ]
result $? "fetches nothing: no address leads out of the folder"
[ "$(wc -c <"$page")" -lt 5242880 ]
result $? "is under 5 MiB"
! grep -qF 'alert(1)</script>' "$page" && grep -qF '&lt;script&gt;alert(1)' "$page"
result $? "a name cannot be markup"
for text in 'Who is fastest?</h2><p class="answer">linux-3.10<' 'Who fragments least?' \
	'What does the slow path cost?' 'samples.jsonl' 'prefers-color-scheme:dark' \
	'Not shown: no sample holds the cost of a path' 'faster</td>' 'zonebench compare'; do
	grep -qF -- "$text" "$page"
	result $? "says: $text"
done
grep -c '<svg' "$page" >"$tmp/out"
[ "$(sed -n '/id="time"/,/<.section>/p' "$page" | grep -c '<div class="panel">')" -eq 2 ] && ! grep -q '="nan\|="-nan\|="inf' "$page"
result $? "draws a panel for each workload and order, at places that are numbers"

sed -n '/id="latency"/,/<.section>/p' "$page" >"$tmp/out"
[ "$(grep -c '<div class="panel">' "$tmp/out")" -eq 4 ] && grep -q '>99.9</text>' "$tmp/out" &&
	grep -q 'pcp_refill (fast path)' "$tmp/out"
result $? "draws percentiles of all allocations, of frees, and of each path"

"$mkrun" "$tmp/sweep" linux-3.10:bulk:0:2:100:-0.05:8 linux-3.10,pcp.batch=15:bulk:0:2:100:-0.05:8 \
	linux-3.10,pcp.batch=127:bulk:0:2:60:-0.05:8 linux-3.10,pcp.batch=31:bulk:0:2:80:-0.05:8 || exit 1
run "$zb" compare "$tmp/sweep" --sweep
[ $rc -eq 0 ] && grep -q '^SWEEP   pcp.batch of linux-3.10   bulk order 0, 2 threads$' "$tmp/out" &&
	[ "$(awk '/^(default|[0-9])/ { printf "%s ", $1 }' "$tmp/out")" = "default 15 31 127 " ] &&
	grep -q 'p99 alloc, ns' "$tmp/out"
result $? "compare --sweep: throughput and tail latency by the value, in its order"
run "$zb" compare "$tmp/run" --sweep
[ $rc -eq 1 ] && grep -q 'without --sweep' "$tmp/err"
result $? "compare --sweep refuses a run that has none"
run "$zb" report "$tmp/sweep"
sed -n '/id="sweep"/,/<.section>/p' "$tmp/sweep/report/report.html" >"$tmp/out"
[ "$(grep -c '<div class="panel">' "$tmp/out")" -eq 3 ] && [ "$(grep -o '<polygon class="band' "$tmp/out" | wc -l)" -ge 4 ] &&
	grep -q '>pcp.batch</text>' "$tmp/out" && [ -s "$tmp/sweep/report/figures/sweep.gp" ]
result $? "draws a sweep as curves with bands"

sed -n '/id="means"/,/<.section>/p' "$page" >"$tmp/out"
grep -q '<th scope="row">threads</th><td>2</td>' "$tmp/out" && grep -q '0.3000' "$tmp/out"
result $? "has geometric means by axis"

cat >"$tmp/nodes.yaml" <<'EOF'
name: nodes
variants: [linux-3.10]
threads: [1]
memory: {per-node: 32MiB, backing: none}
workloads: [{name: spill, amount: 150%}]
samples: {min: 1, max: 1}
max-ops: 20000
time-limit: 30s
EOF
run "$zb" run "$tmp/nodes.yaml" --topo 'synthetic:numa:2 core:1 pu:1' --passes time,paths -o "$tmp/nodes"
run "$zb" report "$tmp/nodes"
sed -n '/id="nodes"/,/<.section>/p' "$tmp/nodes/report/report.html" >"$tmp/out"
[ $rc -eq 0 ] && grep -q '<svg' "$tmp/out" && grep -q 'zonebench places' "$tmp/out" &&
	grep -q '</svg>' "$tmp/nodes/report/figures/nodes.svg" && [ ! -e "$tmp/run/report/figures/nodes.gp" ] &&
	[ ! -e "$tmp/run/report/figures/nodes.svg" ]
result $? "draws which node was asked and which served, where there are several"

run env PATH=/nowhere "$PWD/$zb" report "$tmp/run" -o "$tmp/bare"
[ $rc -eq 0 ] && [ "$(grep -c 'gnuplot' "$tmp/out")" -eq 1 ] && grep -q '<svg' "$tmp/bare/report.html" &&
	grep -q 'No figure files: gnuplot' "$tmp/bare/report.html" && [ -s "$tmp/bare/figures/time.gp" ] &&
	[ -s "$tmp/bare/figures/map.gp" ] && ! grep -q 'href="figures/' "$tmp/bare/report.html"
result $? "without gnuplot: one line says so, the page is whole, and no link leads nowhere"
if command -v gnuplot >/dev/null 2>&1; then
	# Every figure of a page that is not "Not shown" links an SVG and a PDF, and both are there.
	for dir in run sweep nodes; do
		page_of=$tmp/$dir/report/report.html missing=
		grep -oE '<section class="fig[^>]*' "$page_of" | grep -oE 'id="[a-z]+' | cut -c5- >"$tmp/ids"
		while read -r id; do
			sed -n "/ id=\"$id\"/,/<.section>/p" "$page_of" >"$tmp/section"
			if grep -q 'class="missing"' "$tmp/section" || [ "$id" = means ]; then
				continue
			fi
			echo "$id" >>"$tmp/shown"
			if [ "$(head -c 5 "$tmp/$dir/report/figures/$id.pdf")" != %PDF- ] ||
				! grep -q '</svg>' "$tmp/$dir/report/figures/$id.svg" ||
				! grep -q "href=\"figures/$id.svg\"" "$tmp/section" ||
				! grep -q "href=\"figures/$id.pdf\"" "$tmp/section"; then
				missing="$missing $id"
			fi
		done <"$tmp/ids"
		echo "without: $missing" >"$tmp/err"
		[ -z "$missing" ]
		result $? "each figure of the run '$dir' has its SVG and its PDF"
	done
	sort -u "$tmp/shown" | tr '\n' ' ' >"$tmp/out"
	[ "$(cat "$tmp/out")" = "latency map nodes sweep time " ]
	result $? "these figures were among them: maps over time, maps of nodes"
else
	skip "gnuplot draws the figures" "gnuplot is not installed"
fi

for wrong in "$tmp/none" "$tmp"; do
	run "$zb" report "$wrong"
	[ $rc -eq 1 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && [ ! -e "$wrong/report" ]
	result $? "refuses what is no run: ${wrong##*/}"
done
touch "$tmp/file"
run "$zb" report "$tmp/run" -o "$tmp/file"
[ $rc -eq 1 ] && grep -q "cannot make the folder '$tmp/file'" "$tmp/err"
result $? "refuses a folder that is a file"

# What a reader does, by a script at the end of the page; the title says how it went.
cat >"$tmp/drive.html" <<'EOF'
<script>
'use strict';
const errors = [];
addEventListener('error', e => errors.push(e.message));
addEventListener('load', () => {
  const bad = [], want = (ok, what) => ok || bad.push(what);
  const table = document.querySelector('table.sort'), heads = [...table.tHead.rows[0].cells];
  const at = heads.findIndex(h => h.textContent === 'median');
  const medians = () => [...table.tBodies[0].rows].map(r => parseFloat(r.cells[at].dataset.k))
    .filter(v => !isNaN(v));
  const sorted = v => v.every((x, i) => !i || v[i - 1] <= x);
  want(!sorted(medians()), 'sorted before it was asked');
  heads[at].querySelector('button').click();
  want(sorted(medians()), 'ascending');
  heads[at].querySelector('button').click();
  want(sorted(medians().reverse()), 'descending');
  const filter = document.getElementById('filter');
  filter.value = 'LINUX-2.4 repeat';
  filter.dispatchEvent(new Event('input'));
  const seen = [...table.tBodies[0].rows].filter(r => r.getClientRects().length);
  want(seen.length === 2, 'filtered to ' + seen.length);
  const slider = document.getElementById('map-at'), row = document.getElementById('map-row');
  const pictures = () => [...document.querySelectorAll('#maps canvas')].map(c => c.toDataURL());
  const last = pictures();
  want(last.length === 3, last.length + ' maps');
  slider.value = 30;
  slider.dispatchEvent(new Event('input'));
  const early = pictures();
  want(early.every((p, i) => p !== last[i]), 'the slider moves nothing');
  want(document.querySelector('#maps figcaption').textContent.includes('1,000 requests'), 'not at the first point');
  const g = document.querySelector('#maps canvas').getContext('2d');
  const line = g.getImageData(0, 3, 24, 1).data, pixel = x => [...line].slice(4 * x, 4 * x + 3).join();
  want(pixel(3) === '0,114,178', 'a full block is ' + pixel(3));
  want(pixel(15) === '238,238,230', 'a free block is ' + pixel(15));
  row.selectedIndex = row.length - 1;
  row.dispatchEvent(new Event('change'));
  slider.value = 100;
  slider.dispatchEvent(new Event('input'));
  want(document.querySelector('#maps figcaption').textContent.includes('4,000 requests'), 'not at the last point');
  for (const svg of document.querySelectorAll('svg'))
    want(svg.getBoundingClientRect().height > 40 && svg.querySelector('circle, rect, polyline'), 'empty figure');
  want(document.documentElement.scrollWidth <= innerWidth, 'wider than the window');
  document.title = 'DRIVEN ' + (bad.concat(errors).join(', ') || 'well');
});
</script>
EOF
if command -v chromium >/dev/null 2>&1; then
	awk -v drive="$tmp/drive.html" '/^<script>/ { while ((getline line <drive) > 0) print line } 1' \
		"$page" >"$tmp/run/report/driven.html"
	for size in 1280,900 400,800; do
		run timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$tmp/browser" \
			--enable-logging=stderr --window-size=$size --virtual-time-budget=5000 --dump-dom \
			"file://$tmp/run/report/driven.html"
		[ $rc -eq 0 ] && grep -q '<title>DRIVEN well' "$tmp/out" && ! grep -q 'CONSOLE' "$tmp/err"
		rc=$?
		grep -o '<title>[^<]*' "$tmp/out" >>"$tmp/err"
		: >"$tmp/out"
		result $rc "a browser of $size sorts, filters, shows figures, without an error"
	done
else
	skip "a browser sorts, filters, shows figures" "chromium is not installed"
fi
finish
