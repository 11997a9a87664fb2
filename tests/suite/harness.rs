//! The harness itself: the world starts, people sign in, the browser obeys.

use duban_tests::browser::Browser;
use duban_tests::world::World;

#[tokio::test]
async fn a_browser_without_scripts_reads_and_fills_in_forms() {
    let world = World::demo("2026-01-05T09:00:00+08:00").await;
    let with = Browser::open(&world.url(), true).await;
    let without = Browser::open(&world.url(), false).await;
    for (browser, scripts) in [(&with, true), (&without, false)] {
        let page = "data:text/html,<title>no</title><script>document.title='yes'</script><main></main>";
        browser.client.goto(page).await.expect("a page");
        let title = browser.client.title().await.expect("a title");
        assert_eq!(title == "yes", scripts, "scripts {scripts}");
        browser.goto("/login").await;
        browser.fill("input[name=username]", "nobody").await;
        browser.fill("input[name=password]", "wrong").await;
        browser.press("form[action='/login'] button").await;
        assert!(browser.path().await.starts_with("/login"));
        assert!(browser.has(".error-summary").await, "{}", browser.text().await);
    }
    with.close().await;
    without.close().await;
}
